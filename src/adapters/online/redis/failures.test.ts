import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RedisServer, startRedis } from '../../../../test/services/redis.ts'
import type { OnlineStore } from '../../../features/online/ports.ts'
import { openRedisStore } from './store.ts'

let server: RedisServer
const open: OnlineStore[] = []
const bytes = (text: string): Buffer => Buffer.from(text, 'utf8')

async function started(...settings: string[]): Promise<void> {
  server = await startRedis(...settings)
}

async function opened(options: { waitMs?: number; onEmptied?: () => void } = {}): Promise<OnlineStore> {
  const store = await openRedisStore({ url: server.url, project: 'test', ...options })
  open.push(store)
  return store
}

const put = (store: OnlineStore, key: string, value: string): Promise<void> =>
  store.update([{ key: bytes(key), next: () => bytes(value) }])
const get = async (store: OnlineStore, key: string): Promise<string | undefined> =>
  (await store.readMany([bytes(key)])).map(found => found && Buffer.from(found).toString())[0]

afterEach(async () => {
  for (const store of open.splice(0)) await store.close()
  await server.remove()
})

describe('a server that goes away', () => {
  beforeEach(() => started())

  it('says since when while it is down, and answers again with all it acknowledged', async () => {
    const store = await opened({ waitMs: 300 })
    const acknowledged: string[] = []
    const writing = (async () => {
      for (let i = 0; ; i++) {
        await put(store, `key${i}`, `${i}`)
        acknowledged.push(`${i}`)
      }
    })().catch((error: unknown) => error)
    while (acknowledged.length < 200) await new Promise(resolve => setTimeout(resolve, 5))
    await server.kill()
    expect(await writing).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await expect(get(store, 'key0')).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      message: expect.stringMatching(/does not answer since 20.*Z/),
    })
    await server.start()
    await expect.poll(() => get(store, 'key0').catch(() => null), { timeout: 5000 }).toBe('0')
    const found = await store.readMany(acknowledged.map(value => bytes(`key${value}`)))
    expect(found.map(value => value && Buffer.from(value).toString())).toEqual(acknowledged)
    await put(store, 'key0', 'again')
    expect(await get(store, 'key0')).toBe('again')
  })

  it('waits for a short restart instead of failing, and does nothing twice', async () => {
    const store = await opened({ waitMs: 10_000 })
    const next = (current: Uint8Array | undefined) =>
      bytes(`${Number(current ? Buffer.from(current) : 0) + 1}`)
    const restart = (async () => {
      for (let i = 0; i < 3; i++) {
        await new Promise(resolve => setTimeout(resolve, 100))
        await server.kill()
        await server.start()
      }
      return 'restarted'
    })()
    let counted = 0
    while ((await Promise.race([restart, Promise.resolve()])) !== 'restarted') {
      await store.update([{ key: bytes('count'), next }])
      counted += 1
    }
    expect(await get(store, 'count')).toBe(String(counted))
  })

  it('is not opened when it is not there', async () => {
    await server.kill()
    await expect(opened({ waitMs: 200 })).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })
})

describe('a server that was emptied', () => {
  beforeEach(() => started())

  it('is no answer: reads and updates fail until it is opened anew', async () => {
    const store = await opened()
    await put(store, 'a', '1')
    await server.command('FLUSHALL')
    await expect(get(store, 'a')).rejects.toThrow(/was emptied/)
    await expect(put(store, 'a', '2')).rejects.toThrow(/was emptied/)
    const filling = await opened()
    await put(filling, 'a', '3')
    expect(await get(store, 'a')).toBe('3')
    await expect(put(store, 'a', '4')).rejects.toThrow(/was emptied/)
  })

  it('is filled again by whoever asks to be told', async () => {
    let told = 0
    const store = await opened({ onEmptied: () => (told += 1) })
    await server.command('FLUSHALL')
    await expect(get(store, 'a')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
    await expect.poll(() => told).toBe(1)
    await put(store, 'a', '1')
    expect(await get(store, 'a')).toBe('1')
  })
})

describe('locks', () => {
  beforeEach(() => started())

  it('keeps a holder that lost its lock from writing', async () => {
    const [slow, other] = [await opened(), await opened()]
    const lock = await slow.lock('x')
    await server.command('DEL', 'fettle:test:lock:x')
    expect(await other.lock('x')).toHaveProperty('release')
    await expect(put(slow, 'a', '1')).rejects.toThrow(/lock .* was lost/)
    if ('release' in lock) await lock.release()
    expect(await slow.lock('x')).toHaveProperty('heldBy')
    await put(slow, 'a', '1')
  })

  it('frees the lock of a connection that ended', async () => {
    const [first, second] = [await opened(), await opened()]
    expect(await first.lock('x')).toHaveProperty('release')
    expect(await second.lock('x')).toMatchObject({
      heldBy: expect.stringContaining(`process ${process.pid}`),
    })
    await first.close()
    expect(await second.lock('x')).toHaveProperty('release')
  })
})

describe('what the server is configured for', () => {
  it('is full: nothing of the update is there', async () => {
    await started('--maxmemory', '3mb', '--maxmemory-policy', 'noeviction')
    const store = await opened()
    const big = Buffer.alloc(200_000)
    const fill = async () => {
      for (let i = 0; ; i++)
        await store.update(['x', 'y'].map(half => ({ key: bytes(`${half}${i}`), next: () => big })))
    }
    await expect(fill()).rejects.toMatchObject({ code: 'STORE_FULL', status: 507 })
    const keys = (await store.list(bytes(''), { limit: 100 })).map(key => Buffer.from(key).toString())
    expect(keys.filter(key => key.startsWith('x')).length).toBe(keys.length / 2)
  })

  it('refuses a server that forgets keys', async () => {
    await started('--maxmemory-policy', 'allkeys-lru')
    await expect(opened()).rejects.toThrow(/allkeys-lru/)
  })

  it('refuses writes to a replica', async () => {
    await started()
    const store = await opened()
    await server.command('REPLICAOF', '127.0.0.1', '1')
    await expect(put(store, 'a', '1')).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' })
  })

  it.each([
    ['always', 'durable'],
    ['everysec', 'rebuildable'],
  ])('appendfsync %s is %s', async (sync, promised) => {
    await started('--appendfsync', sync)
    expect((await opened()).capabilities.durability).toBe(promised)
  })

  it('never shows the password', async () => {
    await started()
    await server.command('CONFIG', 'SET', 'requirepass', 'hush')
    const url = server.url.replace('//', '//:wrong@')
    const failure = await openRedisStore({ url, project: 'test', waitMs: 300 }).catch(
      (error: unknown) => error,
    )
    expect(failure).toMatchObject({ code: 'STORE_UNAVAILABLE' })
    expect(String(failure)).not.toContain('wrong@')
    const store = await openRedisStore({ url: server.url.replace('//', '//:hush@'), project: 'test' })
    open.push(store)
    await put(store, 'a', '1')
  })
})
