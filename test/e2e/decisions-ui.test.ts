import { rmSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, horizontalOverflow, launchBrowser, namelessControls } from './browser.ts'
import { buildUi } from './build-ui.ts'
import type { Scene } from './fixture/answers.ts'
import { batchJobs } from './fixture/batch.ts'
import { type MockServer, startMockServer } from './mock-server.ts'

const [running, complete] = batchJobs.map(({ id }) => `/batch-jobs/${id}`)

describe('decisions, feedback and batch jobs', () => {
  let ui: string
  let server: MockServer
  let browser: Browser
  let page: Page
  let problems: string[]
  const open = async (path: string) => {
    await page.goto(server.url + path)
    await page.getByRole('heading', { level: 1 }).waitFor()
  }
  const restart = async (scene: Scene) => {
    await server.close()
    server = await startMockServer(ui, scene)
  }
  const rows = () =>
    page.getByRole('region', { name: 'Decisions', exact: true }).getByRole('rowheader').count()
  beforeAll(async () => {
    ui = await buildUi()
    browser = await launchBrowser()
  })
  beforeEach(async () => {
    server = await startMockServer(ui)
    ;({ page, problems } = await browser.newPage())
  })
  afterEach(async () => {
    await page.close()
    await server.close()
  })
  afterAll(async () => {
    await browser.close()
    rmSync(ui, { recursive: true, force: true })
  })

  it('finds decisions by what was sent, score and arm, in the address', async () => {
    await open('/decisions')
    await page.getByText('48 211 decisions written = 48 000 in files + 211 in the log.').waitFor()
    await page.getByLabel('Sent').fill('origin=ORD')
    await page.keyboard.press('Enter')
    await page.waitForURL(/fields=origin/)
    await page.getByText('All 5 are shown.').waitFor()
    await page.getByLabel('Score from').fill('0.5')
    await page.keyboard.press('Enter')
    await page.waitForURL(/minScore=0.5/)
    await page.getByText(/^All [1-4] (is|are) shown\.$/).waitFor()
    const few = await rows()
    await page.reload()
    await page.getByText(/^All [1-4] (is|are) shown\.$/).waitFor()
    expect(await rows()).toBe(few)
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.getByLabel('Arm').selectOption('challenger')
    await page.waitForURL(/arm=challenger/)
    await page.getByLabel('Arm').selectOption('control')
    await page.getByText('Nothing matches.').waitFor()
    expect(problems).toEqual([])
  })

  it('reads on as one scrolls, and offers what is new', async () => {
    await open('/decisions')
    await page.getByRole('region', { name: 'Decisions', exact: true }).waitFor()
    await page.mouse.wheel(0, 5_000)
    await page.getByText('All 40 are shown.').waitFor()
    const [first] = server.fixture.decisions
    if (first) server.fixture.decisions.unshift({ ...first, predictionId: 'prd_newer' })
    expect(await rows()).toBe(40)
    await page.getByRole('button', { name: 'Newer decisions came: show them' }).click({ timeout: 15_000 })
    await page.getByText('All 41 are shown.').waitFor()
  })

  it('says how a decision came about, and does it again', async () => {
    await open('/decisions')
    await page.getByRole('link', { name: 'origin ORD, destination LGA' }).first().click()
    const why = page.getByRole('region', { name: 'Why this release' })
    await why.getByText('4 177 of 10 000').waitFor()
    await why.getByText('its bucket fell into the range of this arm').waitFor()
    await page
      .getByRole('region', { name: 'Who stands behind it' })
      .getByText(/by mila: better/)
      .first()
      .waitFor()
    expect(await page.getByRole('region', { name: 'Shadow twins' }).getByRole('link').count()).toBe(1)
    await page.getByRole('region', { name: 'Feedback', exact: true }).getByText('yes').waitFor()
    await page.getByRole('button', { name: 'Replay it' }).click()
    await page.getByText('1 line of 4 came out otherwise.').waitFor()
    const lines = page.getByRole('region', { name: 'Replay, line by line' })
    await lines.getByText('unavailable').waitFor()
    await lines.getByText('the source keeps 90 days').waitFor()
    expect(problems).toEqual([])
  })

  it('shows what feedback amounts to, and what was put aside', async () => {
    await open('/deployments/late/feedback')
    await page.locator('.lede').getByText('393 not joined, 31 put aside').waitFor()
    const realised = page.getByRole('region', { name: 'Realised metrics by release' })
    await realised.getByText('0.56 to 0.6', { exact: true }).waitFor()
    await page.getByText('4 h 50 min').waitFor()
    await page.getByText('Decisions do not have month').waitFor()
    await page.getByRole('link', { name: 'put aside' }).click()
    await page.waitForURL(/state=quarantined/)
    await page.getByText('put aside: known before the decision was made').waitFor()
    expect(await page.getByText('the desk says').count()).toBe(0)
    expect(problems).toEqual([])
  })

  it('follows a batch job, and cancels it after a word', async () => {
    await open('/batch-jobs')
    await page.getByText('220 000 of 500 000 rows').waitFor()
    await page
      .getByRole('link', { name: /late-nightly job/ })
      .first()
      .click()
    await page.locator('.lede').getByText('280 000 to go').waitFor()
    await page.getByText('postgres://warehouse.example:5432/flights, table late_scores').waitFor()
    expect(await page.getByText('secret').count()).toBe(0)
    await page.getByRole('button', { name: 'Cancel…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Cancel this job' })
    await dialog.getByText('11 partitions committed so far').waitFor()
    await dialog.getByRole('button', { name: 'Cancel the job' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(server.fixture.deployed).toHaveLength(1)
    await open(String(complete))
    await page.getByText('41 210').waitFor()
    await page.getByRole('region', { name: 'Contracts watched' }).getByText('inconclusive').waitFor()
    expect(problems).toEqual([])
  })

  it('teaches where there is nothing, and says what is broken', async () => {
    await restart('empty')
    for (const [path, title] of [
      ['/decisions', 'No decisions yet.'],
      ['/batch-jobs', 'No batch job has run.'],
      ['/deployments/late/feedback', 'No label is declared.'],
    ] as const) {
      await open(path)
      await page.getByText(title).waitFor()
    }
    await restart('broken')
    for (const path of ['/decisions', '/batch-jobs', '/deployments/late/feedback', String(complete)]) {
      await open(path)
      await page.getByText('the metadata store does not answer').first().waitFor()
    }
  })

  it.each(['/decisions', '/deployments/late/feedback', '/batch-jobs', String(running), String(complete)])(
    'fits a window of 320 pixels: %s',
    async path => {
      await page.setViewportSize({ width: 320, height: 640 })
      await open(path)
      await page.locator('main .table-wrap:visible').first().waitFor()
      expect(await horizontalOverflow(page)).toBe(0)
      expect(await namelessControls(page)).toEqual([])
      expect(problems).toEqual([])
    },
  )

  it('a decision fits a window of 320 pixels', async () => {
    await page.setViewportSize({ width: 320, height: 640 })
    await open(`/decisions/${server.fixture.decisions[0]?.predictionId}`)
    await page.getByRole('button', { name: 'Replay it' }).click()
    await page.getByText('1 line of 4').waitFor()
    expect(await horizontalOverflow(page)).toBe(0)
    expect(await namelessControls(page)).toEqual([])
  })
})
