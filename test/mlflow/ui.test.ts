import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, launchBrowser } from '../e2e/browser.ts'
import { type FettleServer, startFettle } from './fettle-server.ts'
import { startUiFront, type UiFront } from './ui-front.ts'

type Page = Awaited<ReturnType<Browser['newPage']>>['page']

const api = '/api/2.0/mlflow'
const seenMs = 45_000

describe('MLflow’s own web pages over Fettle', () => {
  let server: FettleServer
  let front: UiFront
  let browser: Browser
  let page: Page
  let experiment: string
  const runs: string[] = []

  async function post<Answer>(path: string, body: object): Promise<Answer> {
    const answer = await fetch(`${server.url}${api}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect(answer.status, await answer.clone().text()).toBe(200)
    return (await answer.json()) as Answer
  }

  /** The page's address, until it shows all of the texts. */
  async function shows(address: string, ...texts: readonly string[]): Promise<void> {
    await page.goto(`${front.url}/#${address}`)
    for (const text of texts)
      await page.getByText(text, { exact: false }).first().waitFor({ timeout: seenMs })
  }

  beforeAll(async () => {
    server = await startFettle()
    experiment = (await post<{ experiment_id: string }>('experiments/create', { name: 'turbines' }))
      .experiment_id
    for (let number = 0; number < 3; number++) {
      const { run } = await post<{ run: { info: { run_id: string } } }>('runs/create', {
        ...{ experiment_id: experiment, run_name: `gust-${number}`, start_time: 1_700_000_000_000 + number },
      })
      const run_id = run.info.run_id
      runs.push(run_id)
      const metrics = Array.from({ length: 40 }, (_, step) => ({
        ...{
          key: 'validation_loss',
          value: 1 / (step + 1 + number),
          step,
          timestamp: 1_700_000_000_000 + step,
        },
      }))
      await post('runs/log-batch', {
        run_id,
        metrics,
        params: [{ key: 'blade_count', value: String(number) }],
      })
      await post('runs/update', { run_id, status: 'FINISHED', end_time: 1_700_000_060_000 })
    }
    const file = `${server.url}/api/2.0/mlflow-artifacts/artifacts/${experiment}/${runs[0]}/artifacts/notes/readme.txt`
    expect((await fetch(file, { method: 'PUT', body: 'a windy day' })).status).toBe(200)
    await post('registered-models/create', { name: 'turbine-model', description: 'tells the wind' })
    await post('model-versions/create', {
      name: 'turbine-model',
      source: `runs:/${runs[0]}/notes`,
      run_id: runs[0],
    })
    front = await startUiFront(server.url)
    browser = await launchBrowser({ width: 1500, height: 1000 })
    page = (await browser.newPage()).page
  }, 180_000)

  afterAll(async () => {
    await browser?.close()
    await front?.close()
    await server?.remove()
  })

  it('list experiments', () => shows('/experiments', 'turbines'), 120_000)

  it('list the runs of one', () => shows(`/experiments/${experiment}/runs`, 'gust-0', 'gust-2'), 120_000)

  it('show a run with its params, metrics and curves', async () => {
    await shows(
      `/experiments/${experiment}/runs/${runs[1]}`,
      'gust-1',
      'blade_count',
      'validation_loss',
      'Finished',
    )
    await shows(`/experiments/${experiment}/runs/${runs[1]}/model-metrics`, 'validation_loss')
    await expect.poll(() => [...front.asked].join('\n'), { timeout: seenMs }).toMatch(/get-history|graphql/)
  }, 120_000)

  it('show the files of a run', async () => {
    await shows(`/experiments/${experiment}/runs/${runs[0]}/artifacts`, 'notes')
    await page.getByText('notes', { exact: true }).first().click()
    await page.getByText('readme.txt').first().click()
    await page.getByText('a windy day').first().waitFor({ timeout: seenMs })
  }, 120_000)

  it('compare runs', async () => {
    const query = `runs=${JSON.stringify(runs)}&experiments=${JSON.stringify([experiment])}`
    await shows(`/compare-runs?${query}`, 'gust-0', 'gust-1', 'gust-2', 'blade_count')
  }, 120_000)

  it('list registered models and show one', async () => {
    await shows('/models', 'turbine-model')
    await shows('/models/turbine-model', 'tells the wind', 'Version 1')
  }, 120_000)

  it('were answered whatever they asked for', () => {
    const broken = front.problems.filter(({ status }) => status >= 500 || status === 400)
    expect(broken).toEqual([])
  })
})
