import { FettleError } from '../../../kernel/errors/index.ts'
import { messageOf } from '../../../kernel/message-of.ts'
import { unknownObject } from '../digest.ts'
import type { SendS3 } from './request.ts'

const attempts = 5
const silenceMs = 60_000

export interface Range {
  readonly start: number
  /** Exclusive. */
  readonly end: number
}

/**
 * The bytes as they come; a connection that breaks is taken up where it broke. Throws OBJECT_UNKNOWN, and
 * OBJECT_STORE_UNAVAILABLE when it breaks again and again without a byte between.
 */
export async function* readBody(
  send: SendS3,
  { hash, key }: { readonly hash: string; readonly key: string },
  range?: Range,
): AsyncIterable<Uint8Array> {
  let at = range?.start ?? 0
  const end = range?.end ?? Number.POSITIVE_INFINITY
  if (at >= end) return
  for (let failed = 0; ; ) {
    const headers = at === 0 && range === undefined ? {} : { range: `bytes=${at}-${lastOf(end)}` }
    const response = await send({ method: 'GET', key, headers, accept: [404, 416] })
    if (response.status === 404) throw await unknown(response, hash)
    // Past the end: there are no more bytes, or never were any there.
    if (response.status === 416) return void (await response.arrayBuffer())
    try {
      for await (const piece of piecesOf(response)) {
        yield piece
        at += piece.byteLength
        failed = 0
      }
      return
    } catch (cause) {
      if (++failed >= attempts)
        throw new FettleError(
          'OBJECT_STORE_UNAVAILABLE',
          `reading ${hash} broke at byte ${at}: ${messageOf(cause)}`,
          {
            cause,
          },
        )
    }
  }
}

const lastOf = (end: number): string => (Number.isFinite(end) ? String(end - 1) : '')

async function unknown(response: Response, hash: string): Promise<FettleError> {
  await response.arrayBuffer()
  return unknownObject(hash)
}

/** Throws when the body ends before its announced length, or is silent for a minute. */
async function* piecesOf(response: Response): AsyncIterable<Uint8Array> {
  const reader = response.body?.getReader()
  let missing = Number(response.headers.get('content-length') ?? 0)
  try {
    for (;;) {
      const piece = await within(silenceMs, reader?.read())
      if (piece?.value === undefined) break
      missing -= piece.value.byteLength
      yield piece.value
    }
    if (missing > 0) throw new Error(`${missing} bytes are missing`)
  } finally {
    await reader?.cancel().catch(() => undefined)
  }
}

async function within<Result>(ms: number, work: Promise<Result> | undefined): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no byte in ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, silence])
  } finally {
    clearTimeout(timer)
  }
}
