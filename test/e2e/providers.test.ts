import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RedisServer, startRedis } from '../services/redis.ts'
import { type DevServer, ensureBuilt, fettle, startDev } from './dev-server.ts'
import { writeJourneyProject } from './fixture/journey-project.ts'

const variable = 'FETTLE_TEST_ONLINE_STORE'
const airports = ['AMS', 'CPH', 'LIS', 'OSL', 'VIE', 'XXX']

interface Predicted {
  readonly predictions: readonly [{ readonly score: number; readonly degraded_reason?: readonly string[] }]
}

/** One project, first with the embedded online store, then with Redis: only its configuration changes. */
describe('providers of a project', () => {
  let folder: string
  let redis: RedisServer
  let server: DevServer | undefined
  let embedded: readonly unknown[]

  const predictions = async (): Promise<readonly unknown[]> => {
    const lines: unknown[] = []
    for (const origin of airports) {
      const answer = await fettle(folder, 'predict', 'late', `origin=${origin}`, 'distance=700', '--json')
      const { predictions: rows } = JSON.parse(answer.slice(answer.indexOf('{'))) as Predicted
      lines.push([origin, rows[0].score, rows[0].degraded_reason])
    }
    return lines
  }
  const skew = async (...options: string[]): Promise<string> =>
    fettle(folder, 'skew', 'late', ...options).catch((error: { stdout: string }) => error.stdout)

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fettle-providers-'))
    ;[redis] = await Promise.all([startRedis(), writeJourneyProject(folder), ensureBuilt()])
    process.env[variable] = redis.url
  })
  afterAll(async () => {
    delete process.env[variable]
    await server?.stop()
    await redis?.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  it('answers from the embedded store, without skew', async () => {
    server = await startDev(folder)
    await fettle(folder, 'apply', '--yes')
    await fettle(folder, 'run', 'late')
    await fettle(folder, 'run', 'late-online')
    await fettle(folder, 'deploy', 'late')
    expect(await fettle(folder, 'doctor')).toMatch(/online store +lmdb \(embedded\)/)
    embedded = await predictions()
    expect(new Set(embedded.map(line => String(line))).size).toBeGreaterThan(3)
    expect(await skew('--min-requests', '6')).toMatch(/pass {2}served features are what/)
  }, 120_000)

  it('goes back to the former generation, and forward again, by parameter; answers stay', async () => {
    const online = async (param: string): Promise<string> => {
      const told = await fettle(folder, 'run', 'late-online', '--param', param, '--reuse', 'never', '--json')
      return fettle(folder, 'logs', /prn_[0-9a-f]+/.exec(told)?.[0] ?? '', 'materialize')
    }
    const generation = (log: string): number => Number(/back at generation (\d+)/.exec(log)?.[1])
    expect(await online('refresh=full')).toContain('"mode":"full"')
    const former = generation(await online('rollback=origin_landings'))
    expect(await predictions()).toEqual(embedded)
    expect(generation(await online('rollback=origin_landings'))).toBe(former + 1)
    expect(await predictions()).toEqual(embedded)
    await server?.stop()
  }, 120_000)

  it('gives equal answers from Redis once it is filled, and says which store it is', async () => {
    const file = join(folder, 'fettle.json')
    const providers = { online: `env:${variable}` }
    writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, 'utf8')), providers }))
    server = await startDev(folder)
    expect(await fettle(folder, 'doctor')).toMatch(/online store +redis:\/\/127\.0\.0\.1:\d+ \(durable\)/)
    await fettle(folder, 'run', 'late-online')
    expect(Number(await redis.command('DBSIZE'))).toBeGreaterThan(airports.length)
    expect(await predictions()).toEqual(embedded)
    expect(await skew('--min-requests', '6')).toMatch(/pass {2}served features are what/)
  }, 120_000)

  it('finds a record that was put in the place of another, with both sides', async () => {
    const script = `local changed = 0
for _, key in ipairs(redis.call('KEYS', 'fettle:small:d:*VIE*')) do
  changed = changed + redis.call('COPY', (string.gsub(key, 'VIE', 'LIS')), key, 'REPLACE') end
return changed`
    expect(await redis.command('EVAL', script, '0')).toBeGreaterThan(0)
    await fettle(folder, 'predict', 'late', 'origin=VIE', 'distance=700')
    const told = await skew('--min-requests', '6')
    expect(told).toMatch(/fail {2}served features differ/)
    expect(told).toMatch(/mismatch {2}origin=VIE .*served .*replayed /)
    await expect(fettle(folder, 'skew', 'late', '--last')).rejects.toMatchObject({ code: 2 })
  }, 60_000)

  it('answers degraded after a flush until the store is filled again', async () => {
    await redis.command('FLUSHALL')
    const [first] = await predictions()
    expect(first).not.toEqual(embedded[0])
    await fettle(folder, 'run', 'late-online', '--reuse', 'never')
    await expect.poll(predictions, { timeout: 20_000 }).toEqual(embedded)
  }, 60_000)
})
