import { rmSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { localPrincipal } from '../../src/governance/index.ts'
import { type SampleRuns, sampleRuns } from '../support/sample-tracking.ts'
import { startTrackingServer, type TrackingServer } from '../support/tracking-server.ts'
import { type Browser, horizontalOverflow, launchBrowser } from './browser.ts'
import { buildUi } from './build-ui.ts'

let ui: string
let server: TrackingServer
let sample: SampleRuns
let browser: Browser
const idOf = (name: string) => sample.runs.get(name) ?? ''
const desk = { width: 1280, height: 800 }
const phone = { width: 390, height: 844 }
const several = () => ['candidate-0', 'candidate-2', 'candidate-5'].map(idOf).join(',')

beforeAll(async () => {
  ;[ui, browser] = await Promise.all([buildUi(), launchBrowser(desk)])
  server = await startTrackingServer({ uiFolder: ui })
  sample = await sampleRuns(server)
})
afterAll(async () => {
  await browser.close()
  await server.close()
  rmSync(ui, { recursive: true, force: true })
})

/** Every page with a heading that shows only when its data have come. */
const pages: readonly (readonly [name: string, path: () => string, heading: string, shows: string])[] = [
  ['experiments', () => '/experiments', 'Experiments', 'late'],
  ['runs', () => '/experiments/late', 'late', 'candidate-6'],
  ['nested runs', () => `/experiments/late?show=nested&open=${idOf('candidate-0')}`, 'late', 'fold-2'],
  ['parallel', () => '/experiments/late?show=parallel', 'late', 'Drag on an axis'],
  ['scatter', () => '/experiments/late?show=scatter', 'late', 'Across'],
  ['run', () => `/experiments/runs/${idOf('candidate-0')}`, 'candidate-0', 'client digest'],
  [
    'charts',
    () => `/experiments/runs/${idOf('candidate-0')}?tab=charts`,
    'candidate-0',
    '1 value not a number',
  ],
  [
    'chart tables',
    () => `/experiments/runs/${idOf('candidate-0')}?tab=charts&view=table`,
    'candidate-0',
    'NaN',
  ],
  [
    'files',
    () => `/experiments/runs/${idOf('candidate-0')}?tab=files&file=report/rows.csv`,
    'candidate-0',
    'O, Hare',
  ],
  [
    'HTML',
    () => `/experiments/runs/${idOf('candidate-0')}?tab=files&file=report/page.html`,
    'candidate-0',
    '<h1>hello</h1>',
  ],
  ['params', () => `/experiments/runs/compare?runs=${several()}`, 'Compare 3 runs', 'booster'],
  ['metrics', () => `/experiments/runs/compare?runs=${several()}&tab=metrics`, 'Compare 3 runs', 'roc_auc'],
  [
    'curves',
    () => `/experiments/runs/compare?runs=${several()}&tab=curves&smooth=0.6`,
    'Compare 3 runs',
    'smoothed 0.6',
  ],
  ['origin', () => `/experiments/runs/compare?runs=${several()}&tab=origin`, 'Compare 3 runs', 'c0ffee2'],
  [
    'compared parallel',
    () => `/experiments/runs/compare?runs=${several()}&tab=parallel`,
    'Compare 3 runs',
    'Drag on an axis',
  ],
  ['models', () => '/models', 'Models', 'champion v2'],
  ['model', () => '/models/late?version=1', 'late', 'Write a field by hand'],
  ['prompts', () => '/models?kind=prompt', 'Models', 'No prompts are registered.'],
]

/** Runs in the page: controls that a screen reader could not name. */
const namelessControls = `[...document.querySelectorAll('a[href], button, input, select, textarea, [role=slider]')]
  .filter(element => element.checkVisibility())
  .filter(element => !(element.getAttribute('aria-label') || element.labels?.length || element.textContent.trim()))
  .map(element => element.outerHTML)`

describe('pages, on a desk in light and on a phone in dark', () => {
  it.each(pages)('%s', async (_name, path, heading, shows) => {
    const { page, problems } = await browser.newPage()
    await page.goto(server.url + path())
    const isWhole = async () => {
      await page.getByRole('heading', { level: 1, name: heading, exact: true }).waitFor()
      await page.locator('main').getByText(shows).first().waitFor()
      expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1)
      expect(await page.evaluate(namelessControls)).toEqual([])
      expect(await horizontalOverflow(page)).toBe(0)
    }
    await isWhole()
    await page.setViewportSize(phone)
    await page.emulateMedia({ colorScheme: 'dark' })
    await isWhole()
    expect(problems).toEqual([])
    await page.close()
  })
})

it('opens on a phone, and with the address that MLflow’s clients print', async () => {
  const { page, problems } = await browser.newPage()
  await page.setViewportSize(phone)
  await page.goto(`${server.url}/#/experiments/${sample.experiment}`)
  await page.waitForURL(/\/experiments\/late$/)
  await page.getByRole('grid', { name: 'Runs' }).getByText('candidate-7').waitFor()
  expect(await horizontalOverflow(page)).toBe(0)
  await page.goto(`${server.url}/?#/experiments/${sample.experiment}/runs/${idOf('candidate-1')}`)
  await page.getByRole('heading', { level: 1, name: 'candidate-1' }).waitFor()
  expect(problems).toEqual([])
  await page.close()
})

describe('journeys', () => {
  let page: Page
  let problems: string[]
  const grid = () => page.getByRole('grid', { name: 'Runs' })
  const names = () => grid().getByRole('rowheader').allTextContents()
  const filterBy = async (filter: string) => {
    await page.getByRole('combobox', { name: 'Filter runs' }).fill(filter)
    await page.keyboard.press('Enter')
  }
  /** Pages ask again after seconds: time is moved on instead of waited for. */
  const openWithClock = async (path: string) => {
    await page.clock.install()
    await page.goto(server.url + path)
  }
  beforeEach(async () => {
    ;({ page, problems } = await browser.newPage())
    await page.goto(`${server.url}/experiments/late`)
    await grid().getByText('candidate-7').waitFor()
  })
  afterEach(() => page.close())

  it('filters, orders, adds a column, and shows the same from the address alone', async () => {
    await filterBy("metrics.roc_auc > 0.7 and tags.team = 'ops'")
    await page.getByText('3 runs that match').waitFor()
    await page.getByRole('button', { name: 'ROC AUC' }).click()
    await page.waitForURL(/order=metrics.roc_auc\+DESC/)
    await page.getByRole('button', { name: 'Columns' }).click()
    const picker = page.getByRole('dialog', { name: 'Columns' })
    await picker.getByRole('button', { name: 'Tags' }).click()
    await picker.getByRole('searchbox', { name: 'Search tags' }).fill('commit')
    await picker.getByRole('button', { name: 'Add mlflow.source.git.commit' }).click()
    await picker.getByRole('combobox', { name: 'Which point of loss' }).selectOption('least')
    await picker.getByRole('button', { name: 'Remove Started' }).click()
    await picker.getByRole('button', { name: 'Done' }).click()
    await page.reload()
    await grid().getByText('candidate-3').waitFor()
    expect(await names()).toEqual(['candidate-3', 'candidate-2', 'candidate-1'])
    expect(await grid().getByRole('columnheader', { name: 'Started' }).count()).toBe(0)
    await grid().getByText('metric, least').waitFor()
    await grid().evaluate(element => element.scrollTo(5_000, 0))
    await grid().getByText('c0ffee3').waitFor()
    expect(problems).toEqual([])
  })

  it('shows a fault at its clause and keeps what was written', async () => {
    await filterBy('metrics.roc_auc > high')
    const alert = page.getByRole('alert')
    await alert.getByText('Expected numeric value').waitFor()
    expect(await alert.locator('mark').textContent()).toBe('metrics.roc_auc >')
    expect(await page.getByRole('combobox', { name: 'Filter runs' }).inputValue()).toBe(
      'metrics.roc_auc > high',
    )
  })

  it('completes fields and keys while a filter is written', async () => {
    const box = page.getByRole('combobox', { name: 'Filter runs' })
    await box.pressSequentially('me')
    await page.getByRole('option', { name: 'metrics.' }).waitFor()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.getByRole('option', { name: 'metrics.roc_auc' }).click()
    await box.pressSequentially('> 0.745')
    await page.keyboard.press('Enter')
    await page.getByText('2 runs that match').waitFor()
    expect(await box.inputValue()).toBe('metrics.roc_auc > 0.745')
  })

  it('selects runs by keyboard and compares them', async () => {
    await grid().getByRole('link', { name: 'candidate-7' }).focus()
    await page.keyboard.press('x')
    await page.keyboard.press('j')
    await page.keyboard.press('x')
    await page.waitForURL(/pick=/)
    await page.getByRole('link', { name: 'Compare 2 runs' }).click()
    await page.getByRole('heading', { level: 1, name: 'Compare 2 runs' }).waitFor()
    const table = page.getByRole('region', { name: 'Compared params' })
    await table.getByRole('rowheader', { name: 'depth' }).waitFor()
    expect(await table.getByRole('rowheader', { name: 'seed' }).count()).toBe(0)
    await page.getByRole('link', { name: /^All/ }).click()
    await table.getByRole('rowheader', { name: 'seed' }).waitFor()
    expect(problems).toEqual([])
  })

  it('saves a view, finds it by its address, and says what vanished', async () => {
    await filterBy('params.depth > 8')
    await page.getByText('3 runs that match').waitFor()
    await page.getByRole('button', { name: 'Save view' }).click()
    const dialog = page.getByRole('dialog', { name: 'Save view' })
    await dialog.getByRole('textbox', { name: 'Name' }).fill('deep trees')
    await dialog.getByRole('button', { name: 'Save', exact: true }).click()
    await page.waitForURL(/view=view_/)
    const view = new URL(page.url()).searchParams.get('view') ?? ''
    const saved = await server.views.get(view)
    expect(saved.content.filter).toBe('params.depth > 8')
    await server.views.change(
      {
        id: view,
        base: 1,
        content: { ...saved.content, columns: ['state', 'metrics.gone', 'params.depth'] },
      },
      localPrincipal,
    )
    await page.goto(`${server.url}/experiments/late?view=${view}`)
    await page.getByText('No run has this column of the view').waitFor()
    await page.getByText('3 runs that match').waitFor()
    expect(await page.getByRole('combobox', { name: 'Saved view' }).inputValue()).toBe(view)
    await grid().getByRole('columnheader', { name: 'depth' }).waitFor()
  })

  it('edits notes and tags of a run', async () => {
    await grid().getByRole('link', { name: 'candidate-1' }).click()
    await page.getByRole('button', { name: 'Add notes' }).click()
    await page.getByRole('textbox', { name: 'Notes' }).fill('<b>keep</b> this one')
    await page.getByRole('button', { name: 'Save notes' }).click()
    await page.getByText('<b>keep</b> this one').waitFor()
    await page.getByRole('textbox', { name: 'Tag' }).fill('reviewed')
    await page.getByRole('textbox', { name: 'Value' }).fill('yes')
    await page.getByRole('button', { name: 'Set tag' }).click()
    await page.getByRole('button', { name: 'Remove tag reviewed' }).waitFor()
    await page.getByRole('button', { name: 'Remove tag reviewed' }).click()
    await page.getByRole('button', { name: 'Remove tag reviewed' }).waitFor({ state: 'detached' })
    const { tags } = await server.tracking.runs.get(idOf('candidate-1'))
    expect([tags['mlflow.note.content'], tags['reviewed']]).toEqual(['<b>keep</b> this one', undefined])
    expect(problems).toEqual([])
  })

  it('renames a run', async () => {
    await grid().getByRole('link', { name: 'candidate-4' }).click()
    await page.getByRole('button', { name: 'Rename' }).click()
    await page.keyboard.type('better')
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { level: 1, name: 'better' }).waitFor()
    expect((await server.tracking.runs.get(idOf('candidate-4'))).name).toBe('better')
  })

  it('follows a run that is still written', async () => {
    await openWithClock(`/experiments/runs/${idOf('candidate-6')}`)
    await page.getByRole('cell', { name: 'roc_auc' }).waitFor()
    await server.tracking.runs.log(
      idOf('candidate-6'),
      { metrics: [{ key: 'fresh', value: 0.5, step: 1, at: 1_767_230_000_000_000n }] },
      localPrincipal,
    )
    await page.clock.fastForward(3_100)
    await page.getByRole('cell', { name: 'fresh' }).waitFor()
  })

  it('says that new runs came, and shows them when asked', async () => {
    await openWithClock('/experiments/late')
    await page.getByText('runs.', { exact: false }).first().waitFor()
    await grid().getByText('candidate-7').waitFor()
    const made = await server.tracking.runs.create(
      { experiment: sample.experiment, name: 'latecomer', startedAt: 1_767_240_000_000_000n },
      localPrincipal,
    )
    await page.clock.fastForward(10_100)
    await page.getByRole('button', { name: '1 new run: show' }).click()
    await grid().getByText('latecomer').waitFor()
    await server.tracking.runs.remove(made.id, localPrincipal)
  })

  it('answers who was champion, and keeps the answer in the address', async () => {
    await page.goto(`${server.url}/models/late`)
    await page.getByLabel('at the end of').fill('2025-01-01')
    await page.getByText('No version', { exact: true }).waitFor()
    await page.getByLabel('at the end of').fill('2199-01-01')
    await page.waitForURL(/on=2199-01-01/)
    await page.getByRole('status').getByText('Version 2').waitFor()
    await page.getByText('executes code').first().waitFor()
  })
})

it('downloads a file as an attachment, and a part of it', async () => {
  const url = `${server.url}/api/v1/tracking/runs/${idOf('candidate-0')}/file?path=report/metrics.json`
  const whole = await fetch(url)
  expect(whole.headers.get('content-disposition')).toBe(
    "attachment; filename=metrics.json; filename*=UTF-8''metrics.json",
  )
  expect(await whole.json()).toEqual({ auc: 0.7, note: '<b>text</b>' })
  const part = await fetch(url, { headers: { range: 'bytes=2-4' } })
  expect([part.status, part.headers.get('content-range'), await part.text()]).toEqual([
    206,
    'bytes 2-4/32',
    'auc',
  ])
  const same = await fetch(url, { headers: { 'if-none-match': whole.headers.get('etag') ?? '' } })
  expect(same.status).toBe(304)
})
