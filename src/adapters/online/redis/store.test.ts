import { join } from 'node:path'
import { afterAll, beforeAll } from 'vitest'
import { onlineStoreConformance } from '../../../../test/conformance/online-store.ts'
import { type RedisServer, startRedis } from '../../../../test/services/redis.ts'
import { openRedisStore } from './store.ts'

let server: RedisServer
let places = 0
beforeAll(async () => {
  server = await startRedis()
})
afterAll(() => server.remove())

/** A place is a project of its own in one server: what one test leaves the next must not see. */
onlineStoreConformance('redis', {
  place: async () => ({ place: `${server.url} place${++places}`, remove: async () => undefined }),
  open: async place => openRedisStore(optionsOf(place)),
  childSource: `import { openRedisStore } from ${JSON.stringify(join(import.meta.dirname, 'store.ts'))}
const [url = '', project = ''] = (process.argv[2] ?? '').split(' ')
const store = await openRedisStore({ url, project })`,
})

function optionsOf(place: string): { readonly url: string; readonly project: string } {
  const [url = '', project = ''] = place.split(' ')
  return { url, project }
}
