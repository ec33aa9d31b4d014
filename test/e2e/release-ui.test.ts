import { rmSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, horizontalOverflow, launchBrowser, namelessControls } from './browser.ts'
import { buildUi } from './build-ui.ts'
import { type MockServer, startMockServer } from './mock-server.ts'

const release = (number: number, search = '') => `/deployments/late/releases/${number}${search}`

describe('a release', () => {
  let ui: string
  let server: MockServer
  let browser: Browser
  let page: Page
  let problems: string[]
  const open = async (path: string) => {
    await page.goto(server.url + path)
    await page.getByRole('heading', { level: 1 }).waitFor()
  }
  beforeAll(async () => {
    ui = await buildUi()
    browser = await launchBrowser()
    await browser.context.grantPermissions(['clipboard-read', 'clipboard-write'])
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

  it('is reached from its deployment, and refused in its first sentence', async () => {
    await open('/deployments/late')
    const releases = page.getByRole('region', { name: 'Releases' }).last()
    await releases.getByRole('link', { name: 'r5' }).click()
    await page.getByRole('heading', { level: 1, name: 'Release 5 of late' }).waitFor()
    await page.locator('.lede').getByText('Recall fell by 0.21 (at least 0.162)').waitFor()
    expect(await page.getByRole('button', { name: 'Deploy…' }).isDisabled()).toBe(true)
    const [first] = await page.locator('.checks li').allTextContents()
    expect(first).toContain('1 of 36 protected cells')
    await page.getByText('From the champion, release 2, in: Model, Self-test.').waitFor()
    await page.getByText('no randomised group shows what would have been without it').waitFor()
    expect(problems).toEqual([])
  })

  it('says which cell breaks, and everything that rests on', async () => {
    await open(release(5, '?tab=contracts'))
    const broken = page.getByRole('region', { name: 'Breaks' }).last()
    await broken.waitFor()
    expect(await broken.getByRole('row').count()).toBe(2)
    await broken.getByRole('link', { name: 'origin=SEA' }).focus()
    await page.keyboard.press('Enter')
    await page.waitForURL(/open=recall-holds/)
    await broken.getByText('Look at the rows that flipped here').waitFor()
    await broken.getByText('3.1e-12').waitFor()
    await page.reload()
    await broken.getByText('3.1e-12').waitFor()
    expect(await page.getByRole('region', { name: 'On trial' }).count()).toBeGreaterThan(0)
    expect(await page.getByRole('region', { name: 'Watched' }).count()).toBeGreaterThan(0)
  })

  it('narrows hundreds of cells, in the address', async () => {
    await open(release(6, '?tab=contracts'))
    await page.getByRole('combobox', { name: 'Contract' }).selectOption('recall-holds')
    await page.getByRole('combobox', { name: 'Verdict' }).selectOption('inconclusive')
    await page.waitForURL(/verdict=inconclusive/)
    const undecided = page.getByRole('region', { name: 'Undecided' }).last()
    await undecided.getByText('undefined: too many labels are not known yet').waitFor()
    expect(await page.getByRole('region', { name: 'Holds' }).count()).toBe(0)
    await page.getByRole('combobox', { name: 'Slice' }).selectOption('month=2001-03')
    await page.getByText('Nothing matches.').waitFor()
  })

  it('shows the slice that lost most first, and why its rows flip', async () => {
    await open(release(5, '?tab=comparison'))
    const slices = page.getByRole('region', { name: 'Recall by slice' })
    expect(await slices.getByRole('row').nth(1).textContent()).toContain('origin=SEA')
    await slices.getByRole('link', { name: 'origin=SEA' }).click()
    await page.waitForURL(/slice=origin/)
    await page.getByRole('link', { name: 'The champion was right' }).click()
    const rows = page.locator('.flip')
    await page.getByText(/^\d+ of the 40 rows/).waitFor()
    expect(await rows.count()).toBeGreaterThan(5)
    expect(await rows.filter({ hasText: 'this release was right' }).count()).toBe(0)
    await rows.first().locator('summary').click()
    await rows.first().getByText('origin__late_24h').waitFor()
    expect(await rows.first().getByText('does not use it').count()).toBe(1)
  })

  it('finds a segment among hundreds and copies what is shown', async () => {
    await open(release(4, '?tab=thresholds'))
    const table = page.getByRole('region', { name: 'Thresholds by segment' })
    await table.waitFor()
    // Only the rows in the window are drawn.
    expect(await table.getByRole('row').count()).toBeLessThan(80)
    await page.getByRole('combobox', { name: 'Change' }).selectOption('infeasible')
    await table.getByText('none: ').first().waitFor()
    await page.getByRole('combobox', { name: 'Change' }).selectOption('')
    await page.getByRole('searchbox', { name: 'Search segments' }).fill('sea')
    await page.getByText('1 of 300 segments').waitFor()
    await page.getByRole('button', { name: 'Copy as CSV' }).click()
    await page.getByRole('status').getByText('1 row copied.').waitFor()
    const [head, row] = String(await page.evaluate('navigator.clipboard.readText()')).split('\r\n')
    expect(head).toContain('segment,old,new,uncapped')
    expect(row).toMatch(/^SEA,/)
    await page.getByRole('searchbox', { name: 'Search segments' }).fill('')
    await table.getByRole('button', { name: 'Segment' }).click()
    await page.waitForURL(/sort=segment/)
  })

  it('starts a rollout where one is declared', async () => {
    await open(release(4))
    await page.getByText('Release 4 is shadowed beside what answers, then ramped').waitFor()
    await page.getByRole('button', { name: 'Deploy…' }).click()
    await page.getByRole('dialog').getByText('Abort it at any time').waitFor()
  })

  it('deploys after a confirmation with a reason, and verifies again', async () => {
    server.fixture.rollouts.scene = 'undeclared'
    await open(release(4))
    await page.getByRole('button', { name: 'Deploy…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Deploy release 4' })
    await dialog.getByText('Release 2 stops answering.').waitFor()
    const confirm = dialog.getByRole('button', { name: 'Deploy release 4' })
    expect(await confirm.isDisabled()).toBe(true)
    await dialog.getByLabel('Why').fill('better at all airports')
    await confirm.click()
    await dialog.waitFor({ state: 'detached' })
    expect(server.fixture.deployed).toEqual([{ release: 4, reason: 'better at all airports' }])
    await page.getByRole('button', { name: 'Check the signature' }).click()
    await page.getByText('It is the page of this project, unchanged.').waitFor()
    await page.getByRole('button', { name: 'Verify again' }).click()
    await page.waitForURL(/\/runs\//)
    expect(server.fixture.deployed[1]).toMatchObject({ version: 3 })
    expect(problems).toEqual([])
  })

  it.each(['', ...['contracts', 'evaluation', 'comparison', 'thresholds', 'fairness', 'importance']])(
    'fits a window of 320 pixels: %s',
    async tab => {
      await page.setViewportSize({ width: 320, height: 640 })
      await open(release(5, tab === '' ? '' : `?tab=${tab}`))
      await page.locator('main .panel').first().waitFor()
      expect(await horizontalOverflow(page)).toBe(0)
      expect(await namelessControls(page)).toEqual([])
      expect(problems).toEqual([])
    },
  )
})
