import { createHash, type Hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'

const chunkBytes = 1 << 20

export interface Digest {
  /** `sha256:<hex>`. */
  readonly hash: string
  readonly bytes: number
}

/** Copies all of `from` in chunks of 1 MiB, hashing what it copies. Without `to` it only hashes. */
export async function copyHashing(from: FileHandle, to?: FileHandle): Promise<Digest> {
  const buffer = Buffer.allocUnsafe(chunkBytes)
  const hash = createHash('sha256')
  let bytes = 0
  for (;;) {
    const { bytesRead } = await from.read(buffer, 0, chunkBytes, null)
    if (bytesRead === 0) return digestOf(hash, bytes)
    const chunk = buffer.subarray(0, bytesRead)
    hash.update(chunk)
    if (to !== undefined) await writeAll(to, chunk)
    bytes += bytesRead
  }
}

export function hashBytes(content: Uint8Array): Digest {
  return digestOf(createHash('sha256').update(content), content.byteLength)
}

function digestOf(hash: Hash, bytes: number): Digest {
  return { hash: `sha256:${hash.digest('hex')}`, bytes }
}

/** `write` may take less than it is given. */
export async function writeAll(to: FileHandle, content: Uint8Array): Promise<void> {
  for (let done = 0; done < content.byteLength; ) {
    const { bytesWritten } = await to.write(content, done, content.byteLength - done)
    done += bytesWritten
  }
}
