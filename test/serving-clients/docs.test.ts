import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestFront, type TestFront } from '../../src/serving/testing/test-front.ts'
import { readPage } from '../support/doc-blocks.ts'

const page = readPage('docs/serving.md')
const section = page.slice(page.indexOf('\n## Dialects'), page.indexOf('\n## Read features'))

interface Exchange {
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly reply: string
}

/** `METHOD /path`, headers, body, and behind the arrow what comes back. */
function exchangesOf(block: string): readonly Exchange[] {
  return block
    .split(/^(?=(?:GET|POST) \/)/m)
    .filter(text => text.trim() !== '')
    .map(text => {
      const [asked = '', reply = ''] = text.split('\n→ ')
      const [first = '', ...lines] = asked.split('\n')
      const [method = '', path = ''] = first.split(' ')
      const headers = lines.filter(line => /^[A-Z][A-Za-z-]+: /.test(line))
      return {
        method,
        path,
        headers: Object.fromEntries(headers.map(line => line.toLowerCase().split(': ') as [string, string])),
        body: lines.filter(line => !headers.includes(line)).join('\n'),
        reply,
      }
    })
}

const exchanges = [...section.matchAll(/^```\n([\s\S]*?)^```$/gm)].flatMap(([, block = '']) =>
  exchangesOf(block),
)

/** Numbers with a fraction only to the second digit, and whatever stands for an ellipsis. */
function matches(said: unknown, got: unknown): unknown {
  if (said === '…') return got
  if (typeof said === 'number' && typeof got === 'number' && !Number.isInteger(got))
    return Math.abs(said - got) < 0.01 ? got : said
  if (Array.isArray(said) && Array.isArray(got)) return said.map((each, at) => matches(each, got[at]))
  if (typeof said !== 'object' || said === null || typeof got !== 'object' || got === null) return said
  const found = got as Readonly<Record<string, unknown>>
  return Object.fromEntries(Object.entries(said).map(([name, each]) => [name, matches(each, found[name])]))
}

let front: TestFront
beforeAll(async () => {
  front = await startTestFront()
})
afterAll(() => front.close())

describe('docs/serving.md', () => {
  it.each(exchanges.map(each => [`${each.method} ${each.path}`, each] as const))('%s', async (_, asked) => {
    const response = await fetch(front.url + asked.path, {
      method: asked.method,
      headers: { 'content-type': 'application/json', ...asked.headers },
      ...(asked.method === 'POST' ? { body: asked.body } : {}),
    })
    const got: unknown = await response.json()
    expect([response.status, got]).toEqual([200, matches(JSON.parse(asked.reply), got)])
  })

  it('names every route of /openapi.json, and each is there', async () => {
    const { paths } = (await (await fetch(`${front.url}/openapi.json`)).json()) as {
      paths: Record<string, object>
    }
    const names = Object.keys(paths).filter(path => !path.includes('/versions/'))
    expect(
      names.filter(path => !page.includes(path.replace('/predict/{deployment}', '/predict/late'))),
    ).toEqual([])
    for (const [path, methods] of Object.entries(paths)) {
      const url = front.url + path.replace('{deployment}', 'late').replace('{version}', '1')
      const method = 'get' in methods ? 'GET' : 'POST'
      const { status } = await fetch(url, { method, ...(method === 'POST' ? { body: 'x' } : {}) })
      expect([path, status]).toEqual([path, method === 'GET' ? 200 : expect.toBeOneOf([400, 415])])
    }
  })
})
