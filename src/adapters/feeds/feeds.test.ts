import { type ChildProcess, spawn } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Redis } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { content, noon } from '../../../test/support/feature-front.ts'
import type { FeedData } from '../../definitions/model.ts'
import type { FeatureService, FeedReader } from '../../features/index.ts'
import {
  cellValue,
  createFeatureService,
  featureCatalog,
  prepareFeatures,
  pushedWatermark,
  writeFeatureCatalog,
} from '../../features/index.ts'
import { until } from '../../serving/testing/test-front.ts'
import { openLmdbStore } from '../online/lmdb/index.ts'
import { fileFeed } from './file/index.ts'
import { redisFeed } from './redis/index.ts'

let folder: string
let lines: string[]
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-feed-'))
  lines = []
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const declared: FeedData = { kind: 'file', path: 'sales.jsonl' }
const sale = (shop: string): string => JSON.stringify({ shop, at: '2026-03-01T11:50:00Z', price: 2 })
const watermark = () => pushedWatermark(join(folder, 'journal'), 'sales')

async function withFeed(
  open: () => FeedReader,
  work: (service: FeatureService) => Promise<void>,
): Promise<void> {
  const sources = content.sources.map(source =>
    source.name === 'sales' ? { ...source, from: { kind: 'push' as const, feed: declared } } : source,
  )
  await writeFeatureCatalog(join(folder, 'features.json'), featureCatalog({ ...content, sources }))
  const store = openLmdbStore({ folder: join(folder, 'online') })
  const service = await createFeatureService({
    store,
    prepareFeatures: features => prepareFeatures(store, features),
    catalogFile: join(folder, 'features.json'),
    journalFolder: join(folder, 'journal'),
    openFeed: open,
    clock: { nowMicros: () => noon },
    report: line => lines.push(line),
  })
  try {
    await work(service)
  } finally {
    await service.close()
    await store.close()
  }
}

async function sold(service: FeatureService, shop: string) {
  const answer = await service.read({
    features: ['shop_sales:sold_1h'],
    entities: { shop: [shop] },
    decode: value => value as string,
    asOf: noon,
  })
  return answer.columns[0] && cellValue(answer.columns[0].cells, 0)
}

describe('a file of JSON lines', () => {
  const path = () => join(folder, 'sales.jsonl')

  it('is followed: each line once, also over a restart; a line without its end waits', async () => {
    writeFileSync(path(), `${sale('a')}\n${sale('b')}\n${sale('a')}`)
    await withFeed(
      () => fileFeed(path()),
      async service => {
        // A row is in the journal before it is applied.
        await until(async () => (await sold(service, 'b')) === 1n)
        expect([watermark(), await sold(service, 'a')]).toEqual([2n, 1n])
        appendFileSync(path(), '\n')
        await until(async () => watermark() === 3n)
      },
    )
    appendFileSync(path(), `${sale('b')}\n`)
    // The position file is lost: the journal knows where reading stopped.
    rmSync(join(folder, 'journal', 'sales', 'feed-position'), { force: true })
    await withFeed(
      () => fileFeed(path()),
      async service => {
        await until(async () => watermark() === 4n)
        expect([await sold(service, 'a'), await sold(service, 'b')]).toEqual([2n, 2n])
      },
    )
  })

  it('bad lines are put aside with their place and never stop it', async () => {
    const bad = [
      'nonsense',
      '{"shop":"a"}',
      '{"shop":"a","at":3,"price":1}',
      '{"shop":null,"at":"2026-03-01T11:50:00Z","price":1}',
    ]
    writeFileSync(path(), `${bad.join('\n')}\n${sale('a')}\n`)
    await withFeed(
      () => fileFeed(path()),
      async service => {
        await until(async () => (await sold(service, 'a')) === 1n)
      },
    )
    const aside = readFileSync(join(folder, 'journal', 'sales', 'quarantine.jsonl'), 'utf8')
      .trim()
      .split('\n')
    expect(aside.map(line => JSON.parse(line)).map(each => [each.at, each.why])).toEqual([
      ['byte 0', expect.stringContaining('not JSON')],
      ['byte 9', 'column "at" is missing'],
      ['byte 22', 'column "at" is not a timestamp'],
      ['byte 52', 'KEY_NULL'],
    ])
    expect(lines.join()).toContain('4 lines put aside')
  })

  it('a file that became shorter is an error that is said, once', async () => {
    writeFileSync(path(), `${sale('a')}\n${sale('a')}\n`)
    await withFeed(
      () => fileFeed(path()),
      async () => {
        await until(async () => watermark() === 2n)
        writeFileSync(path(), '')
        await until(async () => lines.length > 0)
        expect(lines).toEqual([expect.stringContaining('has become shorter')])
      },
    )
  })
})

describe('a Redis stream', () => {
  let server: ChildProcess
  let url: string
  beforeAll(async () => {
    const port = await freePort()
    server = spawn('/usr/bin/redis-server', ['--port', String(port), '--save', '', '--bind', '127.0.0.1'], {
      stdio: 'ignore',
    })
    url = `redis://127.0.0.1:${port}`
  })
  afterAll(() => void server.kill())

  it('is read entry by entry, each once, also over a restart', async () => {
    const client = new Redis(url)
    await client.xadd('sales', '*', 'json', sale('a'))
    await client.xadd('sales', '*', 'shop', '"a"', 'at', '"2026-03-01T11:50:00Z"', 'price', '2')
    await withFeed(
      () => redisFeed(url, 'sales'),
      async service => {
        await until(async () => watermark() === 2n)
        expect(await sold(service, 'a')).toBe(2n)
      },
    )
    await client.xadd('sales', '*', 'json', sale('a'))
    await withFeed(
      () => redisFeed(url, 'sales'),
      async service => {
        await until(async () => watermark() === 3n)
        expect(await sold(service, 'a')).toBe(3n)
      },
    )
    client.disconnect()
  })
})

function freePort(): Promise<number> {
  return new Promise(resolve => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address()
      probe.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0))
    })
  })
}
