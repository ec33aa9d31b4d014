import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type BrowserContext, chromium, type Page } from 'playwright-core'

const args = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]

export interface BrowserOptions {
  readonly width?: number
  readonly height?: number
  readonly theme?: 'light' | 'dark'
  /** Where Chromium is; FETTLE_CHROMIUM or Debian's place unless told. */
  readonly executablePath?: string
}

export interface Browser {
  readonly context: BrowserContext
  /** A page whose console errors, page errors and refused requests are collected in `problems`. */
  newPage(): Promise<{ readonly page: Page; readonly problems: string[] }>
  close(): Promise<void>
}

/** Chromium without a window, with a profile of its own that is removed on close. */
export async function launchBrowser(options: BrowserOptions = {}): Promise<Browser> {
  const { width = 1280, height = 800, theme = 'light' } = options
  const profile = mkdtempSync(join(tmpdir(), 'fettle-browser-'))
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: options.executablePath ?? process.env['FETTLE_CHROMIUM'] ?? '/usr/bin/chromium',
    args,
    viewport: { width, height },
    colorScheme: theme,
    reducedMotion: 'reduce',
    timezoneId: 'America/New_York',
  })
  return {
    context,
    newPage: () => watchedPage(context),
    close: async () => {
      await context.close()
      rmSync(profile, { recursive: true, force: true })
    },
  }
}

async function watchedPage(context: BrowserContext) {
  const page = await context.newPage()
  const problems: string[] = []
  page.on('console', message => {
    if (message.type() === 'error') problems.push(`console: ${message.text()}`)
  })
  page.on('pageerror', error => problems.push(`page: ${error.message}`))
  return { page, problems }
}

/** Pixels by which the page is wider than its window: 0 when nothing scrolls sideways. */
export function horizontalOverflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')
}

/** Controls that a screen reader could not name, as HTML. */
export function namelessControls(page: Page): Promise<readonly string[]> {
  return page.evaluate(`[...document.querySelectorAll('a[href], button, input, select')]
    .filter(element => element.checkVisibility())
    .filter(element => !(element.getAttribute('aria-label') || element.labels?.length || element.textContent.trim()))
    .map(element => element.outerHTML)`)
}
