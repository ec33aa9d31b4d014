import { createReadStream } from 'node:fs'
import { readdir, readFile, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, join } from 'node:path'
import { crc32 } from 'node:zlib'
import { FettleError } from '../../kernel/errors/index.ts'
import { isAlive } from '../../kernel/is-alive.ts'

/** What a client of ours left on disk: the format is described in docs/python-client.md. */
export interface Spool {
  readonly folder: string
  /** Client id. */
  readonly client: string
  readonly server: { readonly id: string; readonly name: string } | null
  readonly acknowledged: number
  /** Checksum of the last acknowledged operation. */
  readonly digest: string
  /** Its process still writes to it. */
  readonly isLive: boolean
  /** Operation files with the number of their first operation, in order. */
  readonly segments: readonly { readonly first: number; readonly path: string }[]
}

interface State {
  readonly client?: string
  readonly server?: Spool['server']
  readonly acknowledged?: number
  readonly digest?: string
  readonly pid?: number
  readonly host?: string
}

/** One operation as it was written. */
export interface Frame {
  readonly sequence: number
  readonly payload: string
  /** CRC-32 in 8 hex digits. */
  readonly digest: string
}

/** The spool that is the folder, or those in it. Throws SPOOL_INVALID for a folder of other things. */
export async function findSpools(folder: string): Promise<readonly Spool[]> {
  const own = await readSpool(folder)
  if (own !== undefined) return [own]
  const names = await readdir(folder).catch(() => {
    throw new FettleError('SPOOL_INVALID', `${folder} cannot be read as a folder`)
  })
  const found: Spool[] = []
  for (const name of names.sort()) {
    const spool = await readSpool(join(folder, name))
    if (spool !== undefined) found.push(spool)
  }
  if (found.length === 0 && names.length > 0)
    throw new FettleError('SPOOL_INVALID', `${folder} is no spool and holds none`)
  return found
}

export async function readSpool(folder: string): Promise<Spool | undefined> {
  const names = await readdir(folder).catch((): string[] => [])
  if (!names.includes('state.json')) return undefined
  const state = await readState(folder)
  const { client = basename(folder), server = null, acknowledged = 0, digest = '', pid, host } = state
  const isHere = host === undefined || host === hostname()
  return {
    ...{ folder, client, server, acknowledged, digest },
    isLive: pid !== undefined && isHere && isAlive(pid),
    segments: names
      .filter(name => /^\d{16}\.ops$/.test(name))
      .sort()
      .map(name => ({ first: Number(name.slice(0, 16)), path: join(folder, name) })),
  }
}

async function readState(folder: string): Promise<State> {
  const path = join(folder, 'state.json')
  try {
    return JSON.parse(await readFile(path, 'utf8')) as State
  } catch (cause) {
    throw new FettleError('SPOOL_INVALID', `${path} cannot be read`, { cause })
  }
}

const headerBytes = 8

/** Whole frames of a segment behind an operation; what is behind the last whole one is told as cut. */
export async function* readFrames(
  segment: Spool['segments'][number],
  after: number,
): AsyncGenerator<Frame, { readonly cutBytes: number }> {
  let rest = Buffer.alloc(0)
  let sequence = segment.first
  let read = 0
  let good = 0
  for await (const part of createReadStream(segment.path, { highWaterMark: 1 << 20 })) {
    read += (part as Buffer).length
    rest = Buffer.concat([rest, part as Buffer])
    let at = 0
    while (rest.length - at >= headerBytes) {
      const end = at + headerBytes + rest.readUInt32LE(at)
      if (end > rest.length) break
      const payload = rest.subarray(at + headerBytes, end)
      const sum = crc32(payload)
      if (sum !== rest.readUInt32LE(at + 4)) return { cutBytes: (await stat(segment.path)).size - good }
      const digest = sum.toString(16).padStart(8, '0')
      if (sequence > after) yield { sequence, payload: payload.toString('utf8'), digest }
      sequence += 1
      good += end - at
      at = end
    }
    rest = rest.subarray(at)
  }
  return { cutBytes: read - good }
}
