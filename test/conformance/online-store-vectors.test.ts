import { resolve } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import { openRedisStore } from '../../src/adapters/online/redis/index.ts'
import { vectorRuntime } from '../../src/platform/vector-runtime.ts'
import { playFile } from '../../src/vectors/play-file.ts'
import { startRedis } from '../services/redis.ts'

/** The known answers play on LMDB with all others; here they play on Redis. */
describe('known answers on Redis', async () => {
  const server = await startRedis()
  afterAll(() => server.remove())
  let projects = 0
  const runtime = {
    ...vectorRuntime,
    createEngine: () => createDuckDBEngine({ threads: 2 }),
    openStore: () => openRedisStore({ url: server.url, project: `case${++projects}` }),
  }

  it.each(['online', 'writes'])('%s', async name => {
    const file = await playFile(resolve(`test/vectors/features/${name}.json`), runtime)
    expect(file.cases.length).toBeGreaterThan(0)
    expect(file.cases.filter(each => each.outcome.state === 'failed')).toEqual([])
    expect(file.cases.some(each => each.outcome.state === 'passed')).toBe(true)
  })
})
