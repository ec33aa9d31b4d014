import { rmSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { type Browser, launchBrowser } from './browser.ts'
import { buildUi } from './build-ui.ts'
import { type MockServer, startMockServer } from './mock-server.ts'

describe('the inbox', () => {
  let ui: string
  let server: MockServer
  let browser: Browser
  let page: Page
  let problems: string[]
  const open = async (path: string, scene: 'full' | 'empty' | 'broken' = 'full') => {
    server = await startMockServer(ui, scene)
    ;({ page, problems } = await browser.newPage())
    await page.goto(server.url + path)
  }
  const decided = (segment: string) => server.fixture.suggestions.find(each => each.segment === segment)
  beforeAll(async () => {
    ui = await buildUi()
    browser = await launchBrowser()
  })
  afterEach(async () => {
    await page.close()
    await server.close()
  })
  afterAll(async () => {
    await browser.close()
    rmSync(ui, { recursive: true, force: true })
  })

  it('is worked through by keyboard; what was not looked at is said to be no evidence', async () => {
    await open('/inbox')
    await page.getByRole('link', { name: 'Threshold of ATL' }).focus()
    await page.keyboard.press('Enter')
    await page.getByText('fpr-at-most-5 by ines').waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.getByRole('status').getByText('decided in under 2 s').waitFor()
    expect(decided('ATL')).toMatchObject({ state: 'applied', decision: { countsNot: 'rubber-stamp' } })
    // The next one is unfolded and has the focus; Escape folds it and goes back to its row.
    await page.getByRole('button', { name: 'Veto…' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Veto…' }).waitFor({ state: 'detached' })
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Threshold of DFW')
    await page.keyboard.press('j')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Threshold of DEN')
    expect(problems).toEqual([])
  })

  it('measures the time a suggestion was on screen, and sends edits with their reason', async () => {
    await open('/inbox')
    await page.getByRole('link', { name: 'Threshold of LAX' }).click()
    await page.getByRole('button', { name: 'Edit…' }).click()
    const form = page.getByRole('form', { name: 'Apply my value' })
    const send = form.getByRole('button', { name: 'Apply my value' })
    await form.getByLabel('Value instead').fill('0.6x')
    await form.getByLabel('Reason').selectOption('other')
    expect(await send.isDisabled()).toBe(true)
    await form.getByLabel('Value instead').fill('0.61')
    expect(await send.isDisabled()).toBe(true)
    await form.getByLabel('Note', { exact: true }).fill('the strike of May')
    await page.waitForTimeout(2_000)
    await send.click()
    await page.getByRole('status').getByText('Threshold of LAX: edited.').waitFor()
    expect(decided('LAX')?.decision).toMatchObject({ value: 0.61, reason: 'other', counts: true })
    expect(decided('LAX')?.decision?.seconds).toBeGreaterThanOrEqual(2)
  })

  it('says who was first when two decide', async () => {
    await open('/inbox')
    await page.getByRole('link', { name: 'Threshold of DEN' }).click()
    await page.getByRole('button', { name: 'Accept', exact: true }).click()
    await page.getByRole('status').getByText('is rejected by jon at 2001-05-31').waitFor()
  })

  it('accepts a safe tail only after its sample', async () => {
    await open('/inbox')
    const start = page.getByRole('button', { name: 'Draw the sample' })
    await page.getByLabel('flips a week each').fill('none')
    expect(await start.isDisabled()).toBe(true)
    await page.getByLabel('flips a week each').fill('20')
    await start.click()
    const rest = page.getByRole('button', { name: 'Accept the other 39 in one act' })
    await rest.waitFor()
    await page.getByRole('link', { name: 'Threshold of DTW' }).click()
    for (const count of [1, 2, 3]) {
      expect(await rest.isDisabled()).toBe(true)
      await page.getByRole('button', { name: 'Accept', exact: true }).click()
      await page.getByText(`${count} of 3 decided.`).waitFor()
    }
    await rest.click()
    await page.getByText('38 accepted in one act').waitFor()
    await page.getByText('1 was not open any more', { exact: false }).waitFor()
  })

  it('shows how a rule earned its level, and asks for a reason to raise it', async () => {
    await open('/inbox?tab=levels')
    await page.getByRole('link', { name: 'How it was earned' }).first().click()
    await page.getByText('breach: false positives of EWR above 5 %').waitFor()
    const raise = page.getByRole('button', { name: 'Raise to veto' })
    expect(await raise.isDisabled()).toBe(true)
    await page.getByLabel('Reason for a change of fpr-at-most-5').fill('looked at all')
    expect(await raise.isDisabled()).toBe(false)
  })

  it('teaches what is missing when nothing is there, and stays whole when the server fails', async () => {
    await open('/inbox', 'empty')
    await page.getByText('No suggestion waits for you.').first().waitFor()
    await page.close()
    await server.close()
    await open('/inbox?tab=levels', 'broken')
    await page.getByRole('alert').first().waitFor()
  })
})
