import { createHash, type Hash } from 'node:crypto'
import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'

export interface Digest {
  /** `sha256:<hex>`. */
  readonly hash: string
  readonly bytes: number
}

/** What a stream was announced to be. */
export interface Expected {
  readonly bytes?: number
  readonly hash?: string
}

export function hashBytes(content: Uint8Array): Digest {
  return digestOf(createHash('sha256').update(content), content.byteLength)
}

export function digestOf(hash: Hash, bytes: number): Digest {
  return { hash: `sha256:${hash.digest('hex')}`, bytes }
}

/**
 * Hands each piece on and answers the digest of all. Throws UPLOAD_INCOMPLETE when the stream breaks, at the first byte
 * too many, and at an end that is not the one announced.
 */
export async function drainHashing(
  chunks: AsyncIterable<Uint8Array>,
  { bytes: announced, hash: wanted }: Expected,
  write: (chunk: Uint8Array) => Promise<void>,
): Promise<Digest> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of unbroken(chunks)) {
    bytes += chunk.byteLength
    if (announced !== undefined && bytes > announced)
      throw incomplete(`more than the ${announced} bytes that were announced arrived`)
    // The disk or network works while this thread hashes.
    const writing = write(chunk)
    hash.update(chunk)
    await writing
  }
  const digest = digestOf(hash, bytes)
  if (announced !== undefined && bytes !== announced)
    throw incomplete(`${bytes} of the ${announced} bytes that were announced arrived`)
  if (wanted !== undefined && digest.hash !== wanted)
    throw incomplete(`the bytes have the hash ${digest.hash}, announced was ${wanted}`)
  return digest
}

/** A break of the source is the sender's, not the store's. */
async function* unbroken(chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  try {
    yield* chunks
  } catch (cause) {
    if (isFettleError(cause)) throw cause
    throw incomplete(`the stream broke: ${messageOf(cause)}`, cause)
  }
}

const incomplete = (message: string, cause?: unknown) =>
  new FettleError('UPLOAD_INCOMPLETE', message, cause === undefined ? {} : { cause })

/** The pieces as they come, the last one only when all of them have the hash. Throws OBJECT_CORRUPT instead of it. */
export async function* checked(hash: string, chunks: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const digest = createHash('sha256')
  let held: Uint8Array | undefined
  for await (const chunk of chunks) {
    digest.update(chunk)
    if (held !== undefined) yield held
    held = chunk
  }
  if (digestOf(digest, 0).hash !== hash) throw corrupt(hash)
  if (held !== undefined) yield held
}

/** The 64 digits; undefined for anything that is no hash: such an object cannot exist. */
export function hexOf(hash: string): string | undefined {
  return /^sha256:([0-9a-f]{64})$/.exec(hash)?.[1]
}

export const unknownObject = (hash: string) =>
  new FettleError('OBJECT_UNKNOWN', `There is no object ${JSON.stringify(hash)}`)
export const corrupt = (hash: string) =>
  new FettleError('OBJECT_CORRUPT', `The stored bytes of ${hash} are not what was stored`)
