import pg from 'pg'
import { afterEach, describe, expect, it } from 'vitest'
import { startProxy } from '../../../../test/kill/tcp-proxy.ts'
import { socketOf, withPostgres } from '../../../../test/services/postgres.ts'
import { type Leadership, seekLeadership } from './leader.ts'

interface Seeker extends Leadership {
  leads: boolean
}

const seekers: Seeker[] = []
let leading = 0
let most = 0

function seek(url: string): Seeker {
  const seeker: Seeker = {
    leads: false,
    ...seekLeadership(url, {
      onLead() {
        seeker.leads = true
        most = Math.max(most, ++leading)
      },
      async onYield() {
        seeker.leads = false
        leading -= 1
      },
      onFault(error) {
        throw error
      },
    }),
  }
  seekers.push(seeker)
  return seeker
}

const leaderOf = (among: readonly Seeker[]) =>
  expect.poll(() => among.filter(each => each.leads).length, { timeout: 8_000, interval: 50 }).toBe(1)

afterEach(async () => {
  for (const seeker of seekers.splice(0)) await seeker.stop()
  expect(leading).toBe(0)
  most = 0
})

describe('leadership over Postgres', () => {
  it('is of one at a time, and goes on when it is given back', async () => {
    const url = await withPostgres()
    const all = [seek(url), seek(url), seek(url)]
    await leaderOf(all)
    await new Promise(resolve => setTimeout(resolve, 1_500))
    expect(most).toBe(1)
    const first = all.find(each => each.leads)
    await first?.stop()
    expect(first?.leads).toBe(false)
    await leaderOf(all)
    expect(most).toBe(1)
  }, 20_000)

  it('is of one leader in each database', async () => {
    const [one, other] = [seek(await withPostgres()), seek(await withPostgres())]
    await leaderOf([one])
    await leaderOf([other])
  }, 20_000)

  it('ends with its session and is had again', async () => {
    const url = await withPostgres()
    const all = [seek(url), seek(url)]
    await leaderOf(all)
    const before = all.find(each => each.leads)
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    await client.query(
      `select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted`,
    )
    await client.end()
    await expect.poll(() => before?.leads, { timeout: 5_000, interval: 20 }).toBe(false)
    await leaderOf(all)
  }, 20_000)

  it('is yielded by one that is cut off, and looked for again when the database is back', async () => {
    const url = await withPostgres()
    const proxy = await startProxy(socketOf(url))
    const through = new URL(url)
    const seeker = seek(`postgres://${through.username}@127.0.0.1:${proxy.port}${through.pathname}`)
    await leaderOf([seeker])
    await proxy.close()
    await expect.poll(() => seeker.leads, { timeout: 5_000 }).toBe(false)
    const again = await startProxy(socketOf(url), proxy.port)
    await leaderOf([seeker])
    await seeker.stop()
    await again.close()
  }, 20_000)
})
