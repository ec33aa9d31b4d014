import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { type Digest, digestOf } from '../digest.ts'

const chunkBytes = 1 << 20
const pieceBytes = 1 << 18

/** Copies all of `from` in chunks of 1 MiB, hashing what it copies. Without `to` it only hashes. */
export async function copyHashing(from: FileHandle, to?: FileHandle): Promise<Digest> {
  const buffer = Buffer.allocUnsafe(chunkBytes)
  const hash = createHash('sha256')
  let bytes = 0
  for (;;) {
    const { bytesRead } = await from.read(buffer, 0, chunkBytes, null)
    if (bytesRead === 0) return digestOf(hash, bytes)
    const chunk = buffer.subarray(0, bytesRead)
    const writing = to === undefined ? undefined : writeAll(to, chunk)
    hash.update(chunk)
    await writing
    bytes += bytesRead
  }
}

/** The bytes from `start` up to `end` or the end of the file, in pieces of 256 KiB the taker may keep. */
export async function* piecesOf(
  from: FileHandle,
  { start, end }: { readonly start: number; readonly end: number },
): AsyncIterable<Uint8Array> {
  for (let at = start; at < end; ) {
    const wanted = Math.min(pieceBytes, end - at)
    const { bytesRead, buffer } = await from.read(new Uint8Array(wanted), 0, wanted, at)
    if (bytesRead === 0) return
    yield bytesRead === wanted ? buffer : buffer.subarray(0, bytesRead)
    at += bytesRead
  }
}

/** `write` may take less than it is given. */
export async function writeAll(to: FileHandle, content: Uint8Array): Promise<void> {
  for (let done = 0; done < content.byteLength; ) {
    const { bytesWritten } = await to.write(content, done, content.byteLength - done)
    done += bytesWritten
  }
}
