import { rmSync } from 'node:fs'
import type { Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type Browser, horizontalOverflow, launchBrowser, namelessControls } from './browser.ts'
import { buildUi } from './build-ui.ts'
import type { Scene } from './fixture/answers.ts'
import { type MockServer, startMockServer } from './mock-server.ts'

describe('a demo page', () => {
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
  const ask = () => page.getByRole('button', { name: 'Ask', exact: true }).first().click()
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

  it('answers in words, with the challenger beside, and keeps the form in the address', async () => {
    await open('/deployments/late')
    await page.getByRole('link', { name: 'Demo page' }).click()
    await page.getByRole('heading', { level: 1, name: 'Try late' }).waitFor()
    await page.getByLabel(/^distance/).fill('1500')
    await page.keyboard.press('Enter')
    await page.getByText('Action: warn.').waitFor()
    await page.getByText('above 0.42, from which it says warn').waitFor()
    await page.getByText('341 of 812 flights from ORD').waitFor()
    const beside = page.getByRole('region', { name: 'Champion and challengers' })
    await beside.getByText('0.6050').waitFor()
    expect(page.url()).toContain('1500')
    await page.reload()
    expect(await page.getByLabel(/^distance/).inputValue()).toBe('1500')
    expect(problems).toEqual([])
  })

  it('sends nothing that does not fit, and says at the field why', async () => {
    await open('/demo/late')
    await page.getByLabel(/^distance/).fill('far')
    await ask()
    await page.getByText('A whole number is required.').waitFor()
    expect(await page.getByLabel(/^distance/).getAttribute('aria-invalid')).toBe('true')
    expect(server.fixture.predicted).toEqual([])
  })

  it('finds where the answer flips, and moves there by keyboard', async () => {
    await open('/demo/late')
    await ask()
    await page.getByText('It flips: no action up to 879, warn from 880 on.').waitFor()
    const slider = page.getByRole('slider')
    await slider.focus()
    for (let press = 0; press < 3; press++) await page.keyboard.press('ArrowRight')
    await page.getByText(/Then the score is .*: warn\./).waitFor()
    await page.getByRole('button', { name: 'Put it into the form' }).click()
    const typed = page.getByRole('textbox', { name: /^distance/ })
    expect(Number(await typed.inputValue())).toBeGreaterThan(880)
  })

  it('keeps a word on an answer, with a note, and says when it could not', async () => {
    await open('/demo/late')
    await ask()
    const note = page.getByLabel('Note, if you like')
    await note.fill('refuse')
    await page.getByRole('button', { name: 'Wrong' }).click()
    await page.getByText('the serving process does not answer').waitFor()
    await note.fill('it was on time')
    await page.getByRole('button', { name: 'Wrong' }).click()
    await page.getByText('Kept: wrong.').waitFor()
    expect(server.fixture.predicted.at(-1)).toMatchObject({ right: false, note: 'it was on time' })
  })

  it('saves examples by name and starts from them', async () => {
    await open('/demo/late')
    await page.getByLabel(/^distance/).fill('99')
    await page.getByLabel('Name for what is in the form').fill('short hop')
    await page.keyboard.press('Enter')
    await page.getByLabel(/^distance/).fill('1')
    await page.reload()
    await page.getByLabel('Start from').selectOption('short hop')
    expect(await page.getByLabel(/^distance/).inputValue()).toBe('99')
    await page.getByRole('button', { name: /^Forget/ }).click()
    expect(await page.getByLabel('Start from').locator('option').count()).toBe(1)
  })

  it('scores a file, and refuses one that does not fit by line and field', async () => {
    await open('/demo/late')
    const file = (text: string) =>
      page
        .getByLabel('CSV file')
        .setInputFiles({ name: 'a.csv', mimeType: 'text/csv', buffer: Buffer.from(text) })
    const head = 'origin,destination,departed_local,distance\r\n'
    await file(`${head}ORD,LGA,2001-05-17T17:52:00Z,733\r\nORD,LGA,noon,1500\r\n`)
    await page.getByText('Line 3, departed_local: A time with its zone is required').waitFor()
    await file('origin\r\nORD\r\n')
    await page.getByText('names no column destination, departed_local, distance').waitFor()
    await file(`${head}${'ORD,LGA,2001-05-17T17:52:00Z,733\r\n'.repeat(1001)}`)
    await page.getByText('1000 are the most').waitFor()
    await file(`${head}ORD,LGA,2001-05-17T17:52:00Z,733\r\nORD,LGA,2001-05-17T17:52:00Z,1500\r\n`)
    await page.getByRole('button', { name: 'Ask 2 rows' }).click()
    await page.getByText('2 rows: scores from 0.383 to 0.575, warn on 1.').waitFor()
  })

  it('by a link stands alone, with keys hidden', async () => {
    await open('/demo/late')
    await page.getByRole('button', { name: 'Make a link' }).click()
    const link = await page.locator('.demo-link code').textContent()
    const asked: string[] = []
    page.on('request', request => asked.push(new URL(request.url()).pathname))
    await page.goto(String(link))
    await page.getByText('mila shared this page').waitFor()
    expect(await page.getByLabel(/^origin/).inputValue()).toBe('•••')
    expect(await page.getByRole('link').count()).toBe(0)
    await ask()
    await page.getByText('Is that right?').waitFor()
    await page.getByText('It flips:').waitFor()
    const beyond = asked.filter(path => path.startsWith('/api/') && !path.startsWith('/api/v1/shared-demo/'))
    expect(beyond).toEqual([])
    await page.goto(`${server.url}/shared/demo/old`)
    await page.getByText('this demo link has expired').waitFor()
  })

  it('says why nobody answers, and that something is broken', async () => {
    await restart('empty')
    await open('/demo/late')
    await page.getByText('It answers nobody now: it has no release yet.').waitFor()
    expect(await page.getByRole('button', { name: 'Ask', exact: true }).first().isDisabled()).toBe(true)
    await restart('broken')
    await open('/demo/late')
    await page.getByText('the metadata store does not answer').waitFor()
  })

  it.each(['/demo/late', '/shared/demo/x'])('fits a window of 320 pixels: %s', async path => {
    await page.setViewportSize({ width: 320, height: 640 })
    await open(path)
    await ask()
    await page.getByRole('slider').waitFor()
    expect(await horizontalOverflow(page)).toBe(0)
    expect(await namelessControls(page)).toEqual([])
    expect(problems).toEqual([])
  })
})
