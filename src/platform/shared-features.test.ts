import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { emptyCatalog, type FeatureService, type FeatureWriteRequest } from '../features/index.ts'
import { FettleError, isFettleError } from '../kernel/errors/index.ts'
import { type SharedFeatures, sharedFeatures } from './shared-features.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-shared-'))
const servers: Server[] = []
afterAll(() => {
  for (const server of servers) server.close()
  rmSync(folder, { recursive: true, force: true })
})

const written: string[] = []
/** A service that says who wrote. */
const writerOf = (name: string): FeatureService => ({
  catalog: () => emptyCatalog,
  read: () => Promise.reject(new Error('not asked')),
  async write(request) {
    if (request.source === 'nobody') throw new FettleError('SOURCE_UNKNOWN', 'there is no source nobody')
    written.push(`${name} ${request.source} ${String(request.now)}`)
    return { accepted: 1 } as never
  },
  rebuild: async () => 7,
  close: async () => undefined,
})

async function front(name: string): Promise<SharedFeatures> {
  const shared = await sharedFeatures({
    servingFolder: folder,
    reader: {
      catalog: () => emptyCatalog,
      read: () => Promise.reject(new Error('no')),
      close: async () => undefined,
    },
    openWriter: async () => writerOf(name),
    onFault: error => {
      throw error
    },
  })
  const server = createServer(async (req, res) => {
    const chunks: Buffer[] = []
    for await (const chunk of req) chunks.push(chunk as Buffer)
    try {
      res.end(await shared.handed(Buffer.concat(chunks)))
    } catch (error) {
      const code = isFettleError(error) ? error.code : 'INTERNAL'
      res.writeHead(500).end(JSON.stringify({ error: { code, message: 'refused' } }))
    }
  })
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  await shared.announce(`http://127.0.0.1:${(server.address() as AddressInfo).port}`)
  return shared
}

const write = (source: string) => ({ source, rows: [], now: 5n }) as unknown as FeatureWriteRequest

describe('features of several fronts', () => {
  it('one writes the journals, the others hand over; when it goes another takes over and no write is lost', async () => {
    const first = await front('first')
    const second = await front('second')
    await first.write(write('a'))
    await second.write(write('b'))
    expect(written).toEqual(['first a 5', 'first b 5'])
    await expect(second.write(write('nobody'))).rejects.toMatchObject({ code: 'SOURCE_UNKNOWN' })
    expect(await second.rebuild()).toBe(7)
    await first.close()
    servers[0]?.close()
    await second.write(write('c'))
    expect(written.at(-1)).toBe('second c 5')
    await second.close()
  })
})
