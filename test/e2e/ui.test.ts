import { rmSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, horizontalOverflow, launchBrowser, namelessControls } from './browser.ts'
import { buildUi } from './build-ui.ts'
import { failedId, runningId, succeededId } from './fixture/runs.ts'
import { decisions } from './fixture/serving.ts'
import { suggestionIds } from './fixture/suggestions.ts'
import { setIds } from './fixture/training-sets.ts'
import { type MockServer, startMockServer } from './mock-server.ts'

/** Every page with a heading that shows only when its data have come. */
const pages: readonly (readonly [path: string, heading: string, shows: string])[] = [
  ['/', 'flights', 'What happened'],
  ['/catalog', 'Catalog', 'origin_delays'],
  ['/catalog/entity/airport', 'airport', 'Key'],
  ['/catalog/source/flights', 'flights', 'departed_at'],
  ['/catalog/featureView/origin_delays', 'origin_delays', 'mean(delay)'],
  ['/catalog/onDemand/departure_clock', 'departure_clock', 'Computation'],
  ['/catalog/trainingSet/late_flights', 'late_flights', 'Splits'],
  ['/catalog/model/late', 'late', 'Candidates'],
  ['/catalog/deployment/late', 'late', 'Prediction log'],
  ['/catalog/model/late?tab=lineage', 'late', 'late_flights'],
  ['/catalog?is=unsafe', 'Catalog', 'leak-safety assumed'],
  ['/catalog/source/landings', 'landings', 'may give other rows'],
  ['/catalog/source/flights?tab=rows', 'flights', 'medical_class'],
  ['/catalog/source/flights?tab=checks', 'flights', 'NOT BETWEEN'],
  ['/catalog/featureView/origin_delays?tab=checks', 'origin_delays', 'Nothing has been checked yet.'],
  ['/catalog/featureView/origin_delays?tab=columns', 'origin_delays', 'origin_delay_mean_24h'],
  ['/catalog/source/flights?tab=impact', 'flights', 'Gets a new version'],
  [`/training-sets/${setIds[0]}`, 'late_flights@v2', 'Models trained on it'],
  [`/training-sets/${setIds[1]}`, 'late_flights@v1', 'no second build can be shown'],
  [`/training-sets/${setIds[0]}?tab=rows`, 'late_flights@v2', '9007199254740993'],
  [`/training-sets/${setIds[0]}?tab=compare`, 'late_flights@v2', 'Source: flights'],
  [`/training-sets/${setIds[0]}/rows/84`, 'Row 84 of late_flights@v2', 'known only at 17:45'],
  ['/deployments/late/skew', 'Skew of late', 'without an explanation'],
  ['/lineage', 'Lineage', 'landings'],
  ['/lineage?view=list', 'Lineage', 'Comes from'],
  ['/runs', 'Runs', 'Train and register late'],
  [`/runs/${runningId}`, 'Run of late', '118 of 200 trees'],
  [`/runs/${failedId}`, 'Run of late', 'TRAINER_FAILED'],
  [`/runs/${succeededId}?step=register`, 'Run of late', 'About this run'],
  ['/experiments', 'Experiments', 'Newest run'],
  ['/models', 'Models', 'champion v2'],
  ['/models/late?slice=origin', 'late', 'ANC'],
  ['/models/late?version=1', 'late', 'without an evaluation report'],
  ['/models/late?version=2', 'late', 'The version cannot be deleted while this refers to it.'],
  ['/deployments', 'Deployments', 'ready'],
  ['/deployments/late', 'late', 'Latest decisions'],
  ['/deployments/late', 'late', 'contracts failed: recall-holds on origin=SEA'],
  ['/deployments/late', 'late', 'Release 4 answers 5 % of the units'],
  ['/deployments/late/rollouts/latest', 'Rollout of release 4 of late', 'About this rollout'],
  ['/deployments/late/rollouts/latest?tab=evidence', 'Rollout of release 4 of late', 'Harm, cell by cell'],
  ['/deployments/late/rollouts/latest?tab=flips', 'Rollout of release 4 of late', 'The largest flips'],
  ['/deployments/late/rollouts/latest?tab=outcome', 'Rollout of release 4 of late', 'helping'],
  ['/deployments/late/rollouts/latest?tab=journal', 'Rollout of release 4 of late', 'Canary started'],
  ['/deployments/late/releases/5', 'Release 5 of late', 'What would change it'],
  ['/deployments/late/releases/7', 'Release 7 of late', 'No gate has judged this release yet.'],
  ['/deployments/late/releases/5?tab=contracts', 'Release 5 of late', '0.21 worse'],
  ['/deployments/late/releases/6?tab=contracts', 'Release 6 of late', 'too many labels are not known yet'],
  ['/deployments/late/releases/3?tab=contracts', 'Release 3 of late', 'There were no rows to judge it on.'],
  ['/deployments/late/releases/5?tab=evaluation', 'Release 5 of late', 'Worse than the whole'],
  ['/deployments/late/releases/5?tab=comparison', 'Release 5 of late', 'the champion was right'],
  ['/deployments/late/releases/4?tab=thresholds', 'Release 4 of late', '300 segments'],
  ['/deployments/late/releases/6?tab=thresholds', 'Release 6 of late', 'No thresholds were chosen.'],
  ['/deployments/late/releases/5?tab=fairness', 'Release 5 of late', 'nothing is inferred about anybody'],
  ['/deployments/late/releases/5?tab=importance', 'Release 5 of late', 'origin__late_24h'],
  [`/decisions/${decisions[0]?.predictionId}`, 'origin ORD, destination LGA', 'Features as served'],
  [`/decisions/${decisions[5]?.predictionId}`, 'origin LAX, destination SFO', 'not explained'],
  ['/inbox', 'Inbox', 'Threshold of ORD'],
  [`/inbox?open=${suggestionIds[0]}`, 'Inbox', 'A step cap was hit'],
  ['/inbox?batch=bat_019a1f6c', 'Inbox', '0 of 3 decided.'],
  ['/inbox?tab=requests', 'Inbox', 'champion'],
  ['/inbox?tab=levels', 'Inbox', 'offered'],
  ['/inbox?tab=pace', 'Inbox', '11.2 s'],
  ['/nowhere', 'There is no such page', 'Go home'],
]

let ui: string
beforeAll(async () => {
  ui = await buildUi()
})
afterAll(() => rmSync(ui, { recursive: true, force: true }))

describe.each([
  { name: 'on a desk, light', width: 1280, height: 800, theme: 'light' },
  { name: 'on a phone, dark', width: 360, height: 740, theme: 'dark' },
] as const)('pages $name', options => {
  let server: MockServer
  let browser: Browser
  beforeAll(async () => {
    server = await startMockServer(ui)
    browser = await launchBrowser(options)
  })
  afterAll(async () => {
    await browser.close()
    await server.close()
  })
  it.each(pages)('%s', async (path, heading, shows) => {
    const { page, problems } = await browser.newPage()
    await page.goto(server.url + path)
    await page.getByRole('heading', { level: 1, name: heading }).waitFor()
    await page.locator('main').getByText(shows).first().waitFor()
    expect(await page.getByRole('heading', { level: 1 }).count()).toBe(1)
    expect(await page.getByRole('main').count()).toBe(1)
    expect(await namelessControls(page)).toEqual([])
    expect(await horizontalOverflow(page)).toBe(0)
    expect(problems).toEqual([])
    await page.close()
  })
})

describe('journeys', () => {
  let server: MockServer
  let browser: Browser
  let page: Page
  let problems: string[]
  const open = async (path: string, scene: 'full' | 'empty' | 'broken' = 'full') => {
    server = await startMockServer(ui, scene)
    ;({ page, problems } = await browser.newPage())
    await page.goto(server.url + path)
  }
  beforeAll(async () => {
    browser = await launchBrowser()
  })
  afterEach(async () => {
    await page.close()
    await server.close()
  })
  afterAll(() => browser.close())

  it('predicts from the form and leads to the decision record', async () => {
    await open('/deployments/late')
    const form = page.getByRole('form', { name: 'Try it' })
    await form.getByLabel('origin').fill('EWR')
    await form.getByText('fettle predict late origin=EWR destination=LGA', { exact: false }).waitFor()
    await form.getByLabel('distance').fill('12.5')
    await form.getByRole('button', { name: 'Predict' }).click()
    await form.getByText('A whole number is required.').waitFor()
    expect(server.fixture.predicted).toEqual([])
    await form.getByLabel('distance').fill('')
    await form.getByRole('button', { name: 'Predict' }).click()
    const result = page.getByRole('region', { name: 'Prediction' })
    await result.getByText('0.6123').waitFor()
    await result.getByText('341 of 812 flights').waitFor()
    expect(server.fixture.predicted).toEqual([
      {
        rows: [{ origin: 'EWR', destination: 'LGA', departed_local: '2001-05-17T17:52:00Z', distance: null }],
      },
    ])
    await result.getByRole('link', { name: 'Open the decision record' }).click()
    await page.getByRole('heading', { level: 1, name: 'origin EWR, destination LGA' }).waitFor()
    expect(problems).toEqual([])
  })

  it('shows why a prediction was refused, with what to do, and keeps the form', async () => {
    await open('/deployments/late')
    const form = page.getByRole('form', { name: 'Try it' })
    await form.getByLabel('origin').fill('XXX')
    await form.getByRole('button', { name: 'Predict' }).click()
    await page.getByRole('alert').getByText('NULL_NOT_ALLOWED').waitFor()
    expect(await form.getByLabel('origin').inputValue()).toBe('XXX')
  })

  it('follows a log while it is written', async () => {
    await open(`/runs/${runningId}`)
    const foot = page.getByText(/^\d+ lines, /)
    await foot.waitFor()
    const before = Number.parseInt((await foot.textContent()) ?? '', 10)
    await page.getByText('60 lines, ended').waitFor()
    expect(before).toBeLessThan(60)
    expect(before).toBeGreaterThanOrEqual(40)
  })

  it('shows a change within two seconds of its event', async () => {
    await open('/runs')
    await page.getByRole('table').last().getByText('running').waitFor()
    const [run] = server.fixture.runs
    if (run) server.fixture.runs[0] = { ...run, state: 'succeeded', stepsDone: 8 }
    server.emit(runningId)
    await page.getByText('8 of 8').nth(1).waitFor({ timeout: 2000 })
    expect(await page.getByRole('table').last().getByText('succeeded').count()).toBe(2)
  })

  it('cancels a run after saying what that does', async () => {
    await open(`/runs/${runningId}`)
    await page.getByText(`fettle cancel ${runningId}`).waitFor()
    await page.getByText('4 finished steps are kept').waitFor()
    await page.getByRole('button', { name: 'Cancel run' }).click()
    await page.getByRole('status').getByText('cancelling').waitFor()
    expect(server.fixture.runs[0]?.state).toBe('cancelling')
  })

  it('keeps the search and the sort order in the address', async () => {
    await open('/catalog')
    await page.getByRole('searchbox', { name: 'Search definitions' }).fill('delays')
    await page.waitForURL(/q=delays/)
    await page.getByRole('link', { name: 'Feature views' }).click()
    await page.waitForURL(/kind=featureView/)
    await page.getByRole('button', { name: 'Name' }).click()
    await page.waitForURL(/sort=name/)
    await page.reload()
    await page.getByRole('link', { name: 'route_delays' }).waitFor()
    expect(await page.getByRole('rowheader').allTextContents()).toEqual([
      'destination_delays',
      'origin_delays',
      'route_delays',
    ])
  })

  it('finds definitions by owner, tag and state, and keeps the choice in the address', async () => {
    await open('/catalog')
    await page.getByRole('combobox', { name: 'Tag' }).selectOption('delays')
    await page.waitForURL(/tag=delays/)
    await page.getByRole('link', { name: 'Stale' }).click()
    await page.waitForURL(/is=stale/)
    await page.reload()
    await page.getByRole('link', { name: 'destination_delays' }).waitFor()
    expect(await page.getByRole('rowheader').allTextContents()).toEqual(['destination_delays'])
    expect(await page.getByRole('combobox', { name: 'Tag' }).inputValue()).toBe('delays')
  })

  it('materializes a view from its page and leads to the run', async () => {
    await open('/catalog/featureView/origin_delays')
    await page.getByText('fettle run materialize-origin_delays').waitFor()
    await page.getByText('What answers now goes on answering.').waitFor()
    await page.getByRole('button', { name: 'Materialize now' }).click()
    await page.waitForURL(/\/runs\/prn_/)
    await page.goto(`${server.url}/catalog/featureView/route_delays`)
    await page.getByRole('button', { name: 'Materialize now' }).click()
    await page.waitForURL(/\/runs\/prn_/)
    expect(server.fixture.started).toEqual(['materialize-origin_delays', 'late-online'])
  })

  it('follows a value of a training row to its source rows', async () => {
    await open('/catalog/trainingSet/late_flights')
    await page.getByRole('region', { name: 'Builds' }).last().getByRole('link', { name: 'v2' }).click()
    await page.getByRole('link', { name: 'Rows', exact: true }).click()
    await page.getByRole('link', { name: '84', exact: true }).waitFor()
    await page.getByRole('link', { name: 'Later rows' }).click()
    await page.waitForURL(/from=50/)
    await page.getByRole('link', { name: 'Earlier rows' }).click()
    await page.getByRole('link', { name: '84', exact: true }).focus()
    await page.keyboard.press('j')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('86')
    await page.keyboard.press('k')
    await page.keyboard.press('Enter')
    const weather = page.getByRole('region', { name: 'weather', exact: true })
    await weather.getByRole('img', { name: 'Time line of weather' }).waitFor()
    const used = weather.getByRole('row').filter({ hasText: '● used' })
    expect(await used.allTextContents()).toEqual([expect.stringContaining('40 min before')])
    const later = weather.getByRole('row').filter({ hasText: 'known only after' })
    expect(await later.allTextContents()).toEqual([expect.stringContaining('25 min after')])
    expect(problems).toEqual([])
  })

  it('compares two builds, and their values when asked', async () => {
    await open(`/training-sets/${setIds[0]}?tab=compare`)
    const manifests = page.getByRole('region', { name: 'What differs' }).last()
    expect(await manifests.getByRole('row').filter({ hasText: 'Source: flights' }).textContent()).toContain(
      'differs',
    )
    expect(await manifests.getByRole('row').filter({ hasText: 'Engine' }).textContent()).toContain('same')
    await page.getByRole('button', { name: 'Compare values' }).click()
    const values = page.getByRole('region', { name: 'Values', exact: true })
    await values.waitFor()
    expect(await values.getByRole('row').filter({ hasText: 'other values' }).count()).toBe(1)
    expect(await values.getByRole('row').filter({ hasText: 'origin_late_24h' }).textContent()).toContain(
      'other',
    )
  })

  it('follows a column through its lineage, drawn and listed', async () => {
    await open('/catalog/featureView/origin_delays?tab=columns')
    await page.getByText('Choose a column to follow it.').waitFor()
    await page.getByRole('link', { name: 'delay_mean_24h', exact: true }).click()
    await page.waitForURL(/column=featureView/)
    await page.getByRole('status').getByText('7 steps').waitFor()
    expect(await page.locator('.column-canvas path.on').count()).toBe(7)
    await page.getByRole('link', { name: 'List' }).click()
    await page.getByText('mean over 24h').waitFor()
    expect(await page.getByRole('row').count()).toBe(8)
    await page.getByRole('link', { name: 'Show all' }).click()
    await page.getByText('filter', { exact: true }).waitFor()
  })

  it('says what a removal would break', async () => {
    await open('/catalog/source/flights?tab=impact')
    await page.getByRole('link', { name: 'If it is removed' }).click()
    await page.getByText('It cannot be removed.').waitFor()
    await page.getByRole('combobox', { name: 'Which part' }).selectOption('source:flights.delay')
    await page.waitForURL(/of=source/)
    await page
      .getByRole('region', { name: 'Live deployments' })
      .first()
      .getByRole('link', { name: 'late' })
      .waitFor()
  })

  it('shows only the checks that did not pass, and an earlier report', async () => {
    await open('/catalog/source/flights?tab=checks')
    const checks = page.getByRole('region', { name: 'Checks' }).last()
    await checks.getByText('origin_known').waitFor()
    await page.getByRole('link', { name: 'Not passed' }).click()
    await checks.getByText('origin_known').waitFor({ state: 'detached' })
    expect(await checks.getByRole('row').count()).toBe(3)
    await page.getByRole('region', { name: 'Reports' }).last().getByRole('link').last().click()
    await page.waitForURL(/report=/)
    expect(await page.getByText('pass', { exact: true }).count()).toBeGreaterThan(0)
  })

  it('starts a replay where the skew has not been measured', async () => {
    await open('/deployments/late/skew', 'empty')
    await page.getByText('has not been measured').waitFor()
    await page.getByRole('button', { name: 'Replay now' }).click()
    await page.waitForURL(/\/runs\//)
    expect(server.fixture.started).toEqual(['late-skew'])
  })

  it('is used by keyboard alone', async () => {
    await open('/')
    await page.getByText('What happened').waitFor()
    await page.keyboard.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content')
    await page.keyboard.press('Enter')
    expect(await page.evaluate('document.activeElement.id')).toBe('main')
    await page.keyboard.press('g')
    await page.keyboard.press('c')
    await page.getByRole('heading', { level: 1, name: 'Catalog' }).waitFor()
    await page.getByRole('link', { name: 'airport', exact: true }).focus()
    await page.keyboard.press('j')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('route')
    await page.keyboard.press('/')
    await page.getByRole('combobox', { name: 'Go to page or object' }).fill('late champion')
    await page.getByText('Nothing has this name.').waitFor()
    await page.getByRole('combobox', { name: 'Go to page or object' }).fill('late registered')
    await page.getByRole('listbox', { name: 'Results' }).getByRole('option').first().waitFor()
    await page.keyboard.press('Enter')
    await page.waitForURL(/\/models\/late$/)
    expect(problems).toEqual([])
  })

  it('keeps the chosen theme over a reload', async () => {
    await open('/')
    const nav = page.getByRole('navigation', { name: 'Main' })
    await nav.getByRole('button', { name: 'Dark' }).click()
    const dark = await page.evaluate('getComputedStyle(document.documentElement).backgroundColor')
    await page.reload()
    await nav.waitFor()
    expect(await page.evaluate('getComputedStyle(document.documentElement).backgroundColor')).toBe(dark)
    expect(dark).toBe('rgb(15, 19, 21)')
    await nav.getByRole('button', { name: 'Auto' }).click()
  })

  it.each([
    ['/', 'Nothing needs you.'],
    ['/catalog', 'No definitions are applied.'],
    ['/lineage', 'There is no lineage yet.'],
    ['/runs', 'No runs yet.'],
    ['/experiments', 'No experiments yet.'],
    ['/models', 'No models are registered.'],
    ['/deployments', 'No deployments are defined.'],
  ])('teaches when there is nothing yet: %s', async (path, title) => {
    await open(path, 'empty')
    await page.getByText(title, { exact: true }).waitFor()
    expect(problems).toEqual([])
  })

  it('keeps the page and offers a retry when the server fails', async () => {
    await open('/models', 'broken')
    const alert = page.getByRole('alert')
    await alert.getByText('INTERNAL').waitFor()
    await alert.getByRole('button', { name: 'Try again' }).waitFor()
    expect(await page.getByRole('heading', { level: 1, name: 'Models' }).count()).toBe(1)
    expect(await page.getByRole('navigation', { name: 'Main' }).count()).toBe(1)
  })
})
