import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, horizontalOverflow, launchBrowser } from './browser.ts'
import { type DevServer, ensureBuilt, fettle, startDev } from './dev-server.ts'
import { type JourneyProject, writeJourneyProject } from './fixture/journey-project.ts'

interface Answer {
  readonly items: readonly { readonly id: string; readonly predictionId: string }[]
}

/** The main journey on a real server and a small project: the tests follow each other, each starts where one left off. */
describe('the main journey in the browser', () => {
  let folder: string
  let project: JourneyProject
  let server: DevServer
  let browser: Browser
  let page: Page
  let problems: string[]

  const heading = (name: string) => page.getByRole('heading', { level: 1, name, exact: true }).waitFor()
  const shows = (text: string | RegExp) => page.locator('main').getByText(text).first().waitFor()
  const api = async <Body>(path: string) =>
    (await (await fetch(`${server.url}/api/v1${path}`)).json()) as Body

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fettle-journey-'))
    ;[project] = await Promise.all([writeJourneyProject(folder), ensureBuilt()])
    ;[server, browser] = await Promise.all([startDev(folder), launchBrowser()])
    ;({ page, problems } = await browser.newPage())
    page.setDefaultTimeout(10_000)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  it('says on the first visit what to do', async () => {
    await page.goto(server.url)
    await heading('Home')
    await shows('Nothing has happened yet.')
    await shows('2024-02-25 12:00:00')
    await shows('fettle apply')
  })

  it('shows what was applied, without a reload', async () => {
    expect(await fettle(folder, 'apply', '--yes')).toContain('Applied 7 changes')
    await heading('small')
    await page.getByRole('link', { name: 'Catalog' }).click()
    await page.getByRole('link', { name: 'origin_landings' }).waitFor()
    expect((await page.getByRole('rowheader').allTextContents()).toSorted()).toEqual(
      ['airport', 'flights', 'landings', 'late', 'late', 'late_flights', 'origin_landings'].toSorted(),
    )
  })

  it('shows a feature view and what it feeds', async () => {
    await page.getByRole('link', { name: 'origin_landings' }).click()
    await heading('origin_landings')
    await shows('mean(late)')
    await page.getByRole('link', { name: 'Lineage', exact: true }).last().click()
    await shows('7 nodes, 7 edges')
    await page.getByRole('link', { name: /late_flights\s*training set v1/ }).waitFor()
  })

  it('starts a run with a button and follows it to its end', async () => {
    await page.getByRole('link', { name: 'Runs' }).click()
    await shows('No runs yet.')
    await page.getByRole('button', { name: 'Run Train, evaluate and register late' }).click()
    await heading('Run of late')
    await shows(/: [0-3] of 4 steps done/)
    await page.getByText('4 of 4 steps done').waitFor({ timeout: 60_000 })
    await shows('registered late version 1 (logistic)')
    await page.getByRole('link', { name: /Build training set late_flights/ }).click()
    await shows(/attempt 1 of training-set begins/)
  })

  it('shows the tracked run with its metrics', async () => {
    await page.getByRole('link', { name: 'Experiments' }).click()
    await page.getByRole('rowheader', { name: 'late' }).getByRole('link').click()
    await page.getByRole('rowheader', { name: 'logistic' }).getByRole('link').click()
    await heading('logistic')
    await shows('judge.roc_auc')
    await page.getByRole('link', { name: 'Charts' }).click()
    await page.getByRole('img', { name: /log.loss, 1 line/i }).waitFor()
    await page.getByRole('link', { name: 'Artifacts' }).click()
    await shows('linear.json')
  })

  it('shows the version with its evaluation, row for row', async () => {
    const { versions } = await api<{ versions: [{ metrics: { roc_auc: number } }] }>('/models/late')
    const auc = versions[0].metrics.roc_auc
    expect(auc).toBeGreaterThan(0.6)
    await page.getByRole('link', { name: 'Models' }).click()
    await page.getByRole('rowheader', { name: 'late' }).getByRole('link').click()
    await shows('No version is the champion yet.')
    await shows(auc.toFixed(4))
    await shows(`n = ${project.judged.toLocaleString('en').replace(',', '\u202f')} rows`)
    await page.getByRole('link', { name: 'origin', exact: true }).click()
    const slices = page.getByRole('region', { name: 'Evaluation by origin' })
    for (const [origin, rows] of Object.entries(project.judgedByOrigin))
      await slices
        .getByRole('row', { name: new RegExp(`^${origin} ${rows} `) })
        .first()
        .waitFor()
  })

  it('predicts from the form and explains the decision', async () => {
    await fettle(folder, 'run', 'late-online')
    expect(await fettle(folder, 'deploy', 'late')).toContain('release 1')
    await page.getByRole('link', { name: 'Deployments' }).click()
    await page.getByRole('rowheader', { name: 'late' }).getByRole('link').click()
    await shows(/release 1 answers with/)
    const form = page.getByRole('form', { name: 'Try it' })
    await form.getByLabel('origin').fill('LIS')
    await form.getByLabel('distance').fill('900')
    await form.getByRole('button', { name: 'Predict' }).click()
    const result = page.getByRole('region', { name: 'Prediction' })
    await result.getByText(/origin__late_share_1d .* raises the score/).waitFor()
    await result.getByText('warn', { exact: true }).waitFor()
    const score = await result.getByText(/^0\.\d{4}$/).textContent()
    expect(Number(score)).toBeGreaterThan(0.4)
    await result.getByRole('link', { name: 'Open the decision record' }).click()
    await heading('origin LIS')
    await shows(score ?? '')
    await shows(/^origin__late_share_1d .* raises the score$/)
    await page.getByRole('row', { name: /origin__landed_1d .*fresh/ }).waitFor()
    await page.getByRole('row', { name: /distance 900 .*from request/ }).waitFor()
  })

  it('shows a second run as reused throughout', async () => {
    expect(await fettle(folder, 'run', 'late')).toContain('succeeded')
    await page.getByRole('link', { name: 'Runs' }).click()
    await heading('Runs')
    await page.getByRole('rowheader').first().waitFor()
    const { items } = await api<Answer>('/runs')
    await page.goto(`${server.url}/runs/${items[0]?.id}`)
    await shows('4 of 4 steps done, 4 of them reused')
    await shows('Nothing ran: an equal step')
  })

  it('is the same on a phone', async () => {
    expect(problems).toEqual([])
    const [runs, decisions] = await Promise.all([
      api<Answer>('/runs'),
      api<Answer>('/deployments/late/decisions'),
    ])
    const phone = await launchBrowser({ width: 390, height: 844, theme: 'dark' })
    try {
      const narrow = await phone.newPage()
      const pages = [
        ['/', 'What happened'],
        ['/catalog', 'origin_landings'],
        ['/catalog/trainingSet/late_flights', 'Splits'],
        ['/lineage', '7 nodes, 7 edges'],
        [`/runs/${runs.items[0]?.id}`, '4 of them reused'],
        ['/models/late', 'Version 1 is the champion.'],
        ['/deployments/late', 'Latest decisions'],
        [`/decisions/${decisions.items[0]?.predictionId}`, 'raises the score'],
      ] as const
      for (const [path, text] of pages) {
        await narrow.page.goto(server.url + path)
        await narrow.page.locator('main').getByText(text).first().waitFor()
        expect([path, await horizontalOverflow(narrow.page)]).toEqual([path, 0])
      }
      expect(narrow.problems).toEqual([])
    } finally {
      await phone.close()
    }
  })
})
