import { readFileSync, rmSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, horizontalOverflow, launchBrowser, namelessControls } from './browser.ts'
import { buildUi } from './build-ui.ts'
import type { RolloutScene } from './fixture/rollouts.ts'
import { type MockServer, startMockServer } from './mock-server.ts'

const rollout = (search = '') => `/deployments/late/rollouts/rol_019a1f6c${search}`

describe('a rollout', () => {
  let ui: string
  let server: MockServer
  let browser: Browser
  let page: Page
  let problems: string[]
  const open = async (path: string, scene: RolloutScene = 'canary') => {
    server.fixture.rollouts.scene = scene
    await page.goto(server.url + path)
    await page.getByRole('heading', { level: 1 }).waitFor()
  }
  const panel = () => page.getByRole('region', { name: 'Rollout', exact: true })
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

  it('stands on top of its deployment: traffic, stage, what comes next and what is missing', async () => {
    await open('/deployments/late')
    await panel().getByText('Release 4 answers 5 % of the units, release 2 the rest: step 2 of 4.').waitFor()
    expect(
      await panel().getByRole('list', { name: 'Traffic by arm' }).getByRole('listitem').allTextContents(),
    ).toEqual([
      '85 % release 2, champion',
      '5 % release 2, control',
      '5 % release 4, challenger',
      '5 % held back',
    ])
    const stages = panel().getByRole('list', { name: 'Stages' })
    expect(await stages.locator('[aria-current=step]').textContent()).toContain('5 %')
    expect(await stages.getByRole('listitem').allTextContents()).toHaveLength(7)
    expect(await panel().getByRole('button', { name: 'Step up to 25 %…' }).isDisabled()).toBe(true)
    const missing = panel().getByRole('list', { name: 'Conditions that do not hold yet' })
    expect(await missing.getByRole('listitem').count()).toBe(1)
    await missing.getByText('7h 20m').waitFor()
    await panel().getByText('5 of 6 conditions hold').click()
    await panel().getByText('errors 1/2406 against 31/45712').waitFor()
    await panel().getByText('1 of 2 routers do not follow row 9 yet').click()
    expect(
      await panel().getByRole('region', { name: 'Routers' }).getByRole('row').nth(2).textContent(),
    ).toContain('not yet')
    expect(problems).toEqual([])
  })

  it('says how many rows of those planned there are, and is approved', async () => {
    await open('/deployments/late', 'shadow')
    await panel().getByText('Release 4 scores beside release 2 and answers nobody.').waitFor()
    await panel().getByText('812 of 2 400 planned'.replace(' 400', '\u202f400')).waitFor()
    await panel().getByRole('button', { name: 'Approve the canary' }).click()
    await expect
      .poll(() => server.fixture.rollouts.asked.map(({ path }) => path))
      .toEqual(['/deployments/late/rollouts/rol_019a1f6c/approvals'])
  })

  it('moves only after a confirmation that says the effect, with a reason', async () => {
    await open('/deployments/late', 'ready')
    const step = panel().getByRole('button', { name: 'Step up to 50 %…' })
    await step.click()
    const dialog = page.getByRole('dialog', { name: 'Step up: release 4 of late' })
    await dialog.getByText('Release 4 answers 50 % of the units instead of 25 %.').waitFor()
    const confirm = dialog.getByRole('button', { name: 'Step up' })
    expect(await confirm.isDisabled()).toBe(true)
    await page.keyboard.press('Enter')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Step up to 50 %…')
    expect(server.fixture.rollouts.asked).toEqual([])
    await step.click()
    await dialog.getByLabel('Why').fill('alerts as expected')
    await confirm.click()
    await dialog.waitFor({ state: 'detached' })
    expect(server.fixture.rollouts.asked).toEqual([
      {
        path: '/deployments/late/rollouts/rol_019a1f6c/events',
        body: { event: 'step_up', reason: 'alerts as expected' },
      },
    ])
    expect(problems).toEqual([])
  })

  it('steps down to a step that is chosen', async () => {
    await open('/deployments/late', 'ready')
    await panel().getByRole('button', { name: 'Step down…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Step down: release 4 of late' })
    await dialog.getByRole('combobox').selectOption('1')
    await dialog.getByText('Release 4 answers 1 % of the units instead of 25 %').waitFor()
    await dialog.getByText('fettle rollout step late --to 1').waitFor()
    await dialog.getByLabel('Why').fill('alerts doubled')
    await dialog.getByRole('button', { name: 'Step down to 1 %' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(server.fixture.rollouts.asked[0]?.body).toEqual({
      event: 'step_down',
      weight: 1,
      reason: 'alerts doubled',
    })
  })

  it('is held with its cause, and resumed', async () => {
    await open('/deployments/late', 'held')
    await panel().getByText('It is held, for units were not split as the weights say.').waitFor()
    await panel().getByText('the clock stands still').waitFor()
    await panel().getByRole('button', { name: 'Resume…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Resume: release 4 of late' })
    await dialog.getByLabel('Why').fill('pins were wrong')
    await dialog.getByRole('button', { name: 'Resume' }).click()
    await dialog.waitFor({ state: 'detached' })
    await panel().getByText('Release 4 answers 5 % of the units').waitFor()
  })

  it('sets a kill level that must be chosen, and lifts it', async () => {
    await open('/deployments/late')
    await panel().getByRole('button', { name: 'Kill switch…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Kill switch of late' })
    await dialog.getByLabel('Why').fill('alerts doubled')
    expect(await dialog.getByRole('button', { name: 'Choose a level' }).isDisabled()).toBe(true)
    await dialog.getByRole('radio', { name: 'Challengers off' }).check()
    await dialog.getByText('fettle kill-switch late --level challengers').waitFor()
    await dialog.getByRole('button', { name: 'Set: challengers off' }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(server.fixture.rollouts.asked[0]).toEqual({
      path: '/deployments/late/kill',
      body: { level: 'challengers', reason: 'alerts doubled' },
    })
    await panel().getByText('Challengers off since').waitFor()
    await panel().getByText('a kill level is set, and it answers nobody').waitFor()
    await panel().getByRole('button', { name: 'Lift the kill level…' }).click()
    const lift = page.getByRole('dialog', { name: 'Lift the kill level of late' })
    await lift.getByLabel('Why').fill('understood')
    await lift.getByRole('button', { name: 'Lift' }).click()
    await lift.waitFor({ state: 'detached' })
    expect(await panel().getByText('Challengers off since').count()).toBe(0)
  })

  it('was taken back for harm: the incident is closed by a person', async () => {
    await open('/deployments/late', 'aborted')
    await panel().getByText('recall on origin=SEA is worse than recall-holds allows').waitFor()
    await panel().getByRole('button', { name: 'Close the incident…' }).click()
    const dialog = page.getByRole('dialog', { name: 'Close the incident of late' })
    await dialog.getByLabel('Why').fill('feed was late')
    await dialog.getByRole('button', { name: 'Close the incident' }).click()
    await dialog.waitFor({ state: 'detached' })
    await panel().getByText('No rollout is under way.').waitFor()
    expect(await panel().getByText('Incident since').count()).toBe(0)
    await open(rollout(), 'aborted')
    await panel().getByText('Release 4 was aborted: harm was proven.').waitFor()
    expect(await page.getByRole('region', { name: 'Actions' }).count()).toBe(0)
  })

  it('says what is not there', async () => {
    await open('/deployments/late', 'undeclared')
    await panel().getByText('No rollout is declared.').waitFor()
    await open('/deployments/late', 'none')
    await panel().getByText('No rollout is under way.').waitFor()
    await open('/deployments/late/rollouts/rol_nowhere')
    await page.getByRole('alert').getByText('there is no such thing here').waitFor()
  })

  it('draws what the looks found, with the same numbers as tables', async () => {
    await open(rollout('?tab=evidence'))
    await page.getByText('No harm is proven in 6 cells; 1 could not be measured.').waitFor()
    expect(await page.getByRole('img', { name: /over looks/ }).count()).toBe(5)
    await page.getByText('Not measured at any look so far.').waitFor()
    expect(await page.getByRole('img', { name: /interval at each look/ }).count()).toBe(6)
    await page.getByText('undefined: too many labels are not known yet').first().waitFor()
    await page.getByText('The same as a table').first().click()
    const looks = page.getByRole('region', { name: 'Looks' })
    expect(await looks.getByRole('row').count()).toBe(81)
    expect(await looks.getByText('not measured').count()).toBeGreaterThan(80)
    expect(
      await page.getByRole('region', { name: 'Guards' }).getByRole('row').nth(3).textContent(),
    ).toContain('not measured')
    expect(problems).toEqual([])
  })

  it('marks the cell that is harmed, and the look a row of the journal rests on', async () => {
    await open(rollout('?tab=journal'), 'aborted')
    const journal = page.getByRole('region', { name: 'Journal' }).last()
    await journal.getByText('retrained on May').waitFor()
    expect(await journal.getByRole('row').count()).toBe(7)
    await page.getByRole('link', { name: 'The whole deployment' }).click()
    await journal.getByText('Kill level set').waitFor()
    await page.getByText('The chain of 9 rows holds').waitFor()
    await journal.getByRole('link', { name: 'look 000041' }).first().click()
    await page.waitForURL(/look=look_019a1f6c000041/)
    await page.getByText('A row of the journal rests on the look of').waitFor()
    expect(await page.locator('.look-chart.harmed').allTextContents()).toEqual([
      expect.stringMatching(/^origin=SEA.*harmed, n/),
    ])
  })

  it('lists the flips by slice and one by one, narrowed in the address, as CSV', async () => {
    await open(rollout('?tab=flips'))
    const slices = page.getByRole('region', { name: 'Flips by slice' })
    expect(await slices.getByRole('row').nth(2).textContent()).toContain('−5.9 %')
    await slices.getByRole('link', { name: 'origin=SEA' }).click()
    await page.waitForURL(/slice=origin/)
    await page.getByText('25 of the 50 rows whose scores differ most, in origin=SEA').waitFor()
    await page.getByRole('link', { name: 'Only the champion acts' }).click()
    await page.getByRole('link', { name: 'Champion right' }).click()
    const largest = page.getByRole('region', { name: 'Largest flips', exact: true })
    await page.getByText('Nothing matches.').waitFor()
    await page.getByRole('link', { name: 'Whoever was right' }).click()
    await largest.waitFor()
    expect(await largest.getByText('only the challenger').count()).toBe(0)
    const saved = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Save as CSV' }).click()
    const download = await saved
    expect(download.suggestedFilename()).toBe('late-r4-flips.csv')
    const [head, ...rows] = readFileSync(await download.path(), 'utf8')
      .trimEnd()
      .split('\r\n')
    expect(head).toMatch(/^prediction_id,shadow_id,at,/)
    expect(rows.length).toBe((await largest.getByRole('row').count()) - 1)
    await largest.getByRole('link').first().click()
    await page.waitForURL(/\/decisions\/prd_/)
  })

  it('says what it is worth, and how much is still needed', async () => {
    await open(rollout('?tab=outcome'))
    await page.getByText('about 21\u202f400 units an arm decide it').waitFor()
    await page.getByText('helping', { exact: true }).waitFor()
    await page.getByText('15.9 per 1 000 travellers on 480 units').waitFor()
  })

  it('is seen in the list of deployments', async () => {
    await open('/deployments', 'aborted')
    await page.getByText('incident open').waitFor()
    await open('/deployments', 'held')
    await page.getByText('r4 held, 5 %').waitFor()
  })

  it.each([
    ['/deployments/late', 'shadow'],
    ['/deployments/late', 'killed'],
    ['/deployments/late', 'aborted'],
    [rollout(), 'probation'],
    [rollout('?tab=evidence'), 'aborted'],
    [rollout('?tab=flips&slice=origin%3DSEA'), 'canary'],
    [rollout('?tab=outcome'), 'canary'],
    [rollout('?tab=journal&of=all'), 'canary'],
    ['/deployments', 'held'],
  ] as const)('fits a window of 320 pixels: %s, %s', async (path, scene) => {
    await page.setViewportSize({ width: 320, height: 640 })
    await open(path, scene)
    await page.locator('main :is(.panel, table)').first().waitFor()
    await expect.poll(() => page.locator('main .skeleton').count()).toBe(0)
    expect(await horizontalOverflow(page)).toBe(0)
    expect(await namelessControls(page)).toEqual([])
    expect(problems).toEqual([])
  })
})
