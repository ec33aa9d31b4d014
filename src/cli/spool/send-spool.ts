import { openAsBlob } from 'node:fs'
import { appendFile, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { SyncReceipt } from '../../api/sync-routes.ts'
import type { FettleClient } from '../../client/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { type Frame, readFrames, type Spool } from './read-spool.ts'

export interface SendOptions {
  readonly client: FettleClient
  readonly token?: string
}

/** What became of a spool. */
export interface SentSpool {
  readonly spool: string
  readonly client: string
  /** Another process writes to it and sends it, too. */
  readonly live: boolean
  readonly server: { readonly id: string; readonly name: string }
  /** Of what was not acknowledged before. */
  readonly runs: number
  readonly operations: number
  readonly points: number
  readonly bytes: number
  /** Of all there was, also before. */
  readonly refused: SyncReceipt['refused']
  /** Bytes of an operation that was being written when the process ended. */
  readonly cutBytes: number
  /** The server's clock less this machine's. */
  readonly skewMs: number
}

/** Operations and characters of one request. */
const mostOperations = 2_000
const mostCharacters = 2_000_000

/**
 * Sends what the server has not got, in order, and clears the spool of a process that is gone; what is refused stays.
 * Throws SYNC_OTHER_SERVER, SYNC_GAP, SYNC_DIVERGED, SERVER_UNREACHABLE.
 */
export async function sendSpool(spool: Spool, options: SendOptions): Promise<SentSpool> {
  const { api } = options.client
  const contact = await api.syncContact({ client: spool.client })
  const { server } = contact
  if (spool.server !== null && spool.server.id !== server.id)
    throw new FettleError(
      'SYNC_OTHER_SERVER',
      `The spool ${spool.folder} belongs to server "${spool.server.name}" (${spool.server.id}); this is "${server.name}" (${server.id})`,
    )
  const sending = openSending(spool, options, contact)
  let cutBytes = 0
  for (const segment of spool.segments) {
    const frames = readFrames(segment, contact.acknowledged)
    for (let next = await frames.next(); ; next = await frames.next()) {
      if (next.done) {
        cutBytes += next.value.cutBytes
        break
      }
      await sending.add(next.value)
    }
  }
  const sent = await sending.end()
  const { items: refused } = await api.syncRefusals({ client: spool.client })
  const done = { ...sent, server, refused, cutBytes: spool.isLive ? 0 : cutBytes }
  if (!spool.isLive) await clear(spool, done)
  const { acknowledged: _, digest: __, ...told } = done
  return { spool: spool.folder, client: spool.client, live: spool.isLive, ...told }
}

interface Contact {
  readonly acknowledged: number
  readonly digest: string
}

function openSending(spool: Spool, options: SendOptions, contact: Contact) {
  let { acknowledged, digest } = contact
  let waiting: Frame[] = []
  let characters = 0
  let [operations, points, bytes, skewMs] = [0, 0, 0, 0]
  const runs = new Set<string>()

  async function flush(): Promise<void> {
    const [first, last] = [waiting[0], waiting.at(-1)]
    if (first === undefined || last === undefined) return
    const receipt = await options.client.api.syncSend({
      client: spool.client,
      body: {
        ...(spool.server === null ? {} : { server: { ...spool.server } }),
        ...{ from: first.sequence, after: digest, last: last.digest },
        sentAt: Date.now() * 1000,
        operations: waiting.map(({ payload }) => JSON.parse(payload) as unknown),
      },
    })
    ;({ acknowledged, skewMs } = receipt)
    digest = last.digest
    waiting = []
    characters = 0
  }

  return {
    async add(frame: Frame): Promise<void> {
      const expected = acknowledged + waiting.length + 1
      if (frame.sequence !== expected) {
        await flush()
        throw missing(spool, expected)
      }
      const operation = JSON.parse(frame.payload) as Operation
      operations += 1
      points += operation.metrics?.length ?? 0
      bytes += Buffer.byteLength(frame.payload) + (operation.bytes ?? 0)
      runs.add(operation.run)
      // The run must be known before its file comes, and the file before it is named.
      if (operation.op === 'file') {
        await flush()
        await upload(spool, operation, options)
      }
      waiting.push(frame)
      characters += frame.payload.length
      if (waiting.length >= mostOperations || characters >= mostCharacters) await flush()
    },
    async end() {
      await flush()
      return { acknowledged, digest, runs: runs.size, operations, points, bytes, skewMs }
    },
  }
}

function missing({ folder }: Spool, expected: number): FettleError {
  return new FettleError(
    'SYNC_GAP',
    `Operation ${expected} is missing in ${folder}: all before it was sent, and nothing after it`,
  )
}

interface Operation {
  readonly op: string
  readonly run: string
  readonly metrics?: readonly unknown[]
  readonly path?: string
  readonly hash?: string
  readonly bytes?: number
}

/** A file that is refused, or gone, is refused again where it is named. */
async function upload(
  spool: Spool,
  { run, path = '', hash = '' }: Operation,
  options: SendOptions,
): Promise<void> {
  const file = join(spool.folder, 'files', hash.replace(/^sha256:/, ''))
  const body = await openAsBlob(file).catch(() => undefined)
  if (body === undefined) return
  const query = new URLSearchParams({ path, hash })
  const answer = await fetch(`${options.client.url}/api/v1/sync/runs/${run}/files?${query}`, {
    method: 'PUT',
    body,
    headers: {
      'content-type': 'application/octet-stream',
      ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
    },
  }).catch(cause => {
    throw new FettleError('SERVER_UNREACHABLE', `the server went away while ${path} was sent`, { cause })
  })
  if (answer.ok || [400, 404, 409].includes(answer.status)) return
  throw new FettleError('UPLOAD_INCOMPLETE', `${path} was not taken: ${answer.status} ${await answer.text()}`)
}

/** The process is gone: what the server has is removed, what it refused is kept with its reason. */
async function clear(
  spool: Spool,
  { refused, server, acknowledged, digest }: Pick<SentSpool, 'refused' | 'server'> & Contact,
): Promise<void> {
  await keepRefused(spool, refused)
  const state = JSON.parse(await readFile(join(spool.folder, 'state.json'), 'utf8')) as object
  const next = join(spool.folder, 'state.json.new')
  await writeFile(next, JSON.stringify({ ...state, server, acknowledged, digest }))
  await rename(next, join(spool.folder, 'state.json'))
  for (const { path } of spool.segments) await rm(path)
  if (refused.length > 0) return
  const files = join(spool.folder, 'files')
  for (const name of await readdir(files).catch(() => [])) await rm(join(files, name))
  for (const name of ['state.json', 'lock']) await rm(join(spool.folder, name), { force: true })
  await rmdir(files).catch(() => undefined)
  await rmdir(spool.folder).catch(() => undefined)
}

async function keepRefused(spool: Spool, refused: SentSpool['refused']): Promise<void> {
  const path = join(spool.folder, 'refused.jsonl')
  const kept = await readFile(path, 'utf8').catch(() => '')
  const known = new Set(
    kept
      .split('\n')
      .filter(line => line !== '')
      .map(line => (JSON.parse(line) as { sequence: number }).sequence),
  )
  const fresh = new Map(
    refused.filter(({ sequence }) => !known.has(sequence)).map(each => [each.sequence, each]),
  )
  if (fresh.size === 0) return
  for (const segment of spool.segments)
    for await (const { sequence, payload } of readFrames(segment, 0)) {
      const refusal = fresh.get(sequence)
      if (refusal !== undefined)
        await appendFile(path, `${JSON.stringify({ ...refusal, operation: JSON.parse(payload) })}\n`)
    }
}
