import { type FileHandle, open } from 'node:fs/promises'
import type { FeedReader } from '../../../features/service/ports.ts'
import { FettleError } from '../../../kernel/errors/index.ts'

/** Bytes looked at, and lines given, at once. A line that is longer than the bytes is refused as SOURCE_BAD_VALUE. */
const pieceBytes = 1 << 20
const pieceLines = 1_000

/**
 * A file of JSON lines that is only appended to; positions are byte offsets. A last line without its end is not there
 * yet. Throws SOURCE_CHANGED when the file has become shorter: what was read is no longer its beginning.
 */
export function fileFeed(path: string): FeedReader {
  const buffer = Buffer.allocUnsafe(pieceBytes)
  return {
    async next(after) {
      const from = Number(after ?? 0)
      const file = await openExisting(path)
      if (!file) return undefined
      try {
        const { size } = await file.stat()
        if (size < from)
          throw new FettleError(
            'SOURCE_CHANGED',
            `${path} has become shorter than the ${from} bytes that were read`,
          )
        const { bytesRead } = await file.read(buffer, 0, pieceBytes, from)
        return linesOf(buffer.subarray(0, bytesRead), from, path)
      } finally {
        await file.close()
      }
    },
    close: async () => undefined,
  }
}

async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function linesOf(bytes: Buffer, from: number, path: string) {
  const lines: { at: string; text: string }[] = []
  let start = 0
  while (lines.length < pieceLines) {
    const end = bytes.indexOf(10, start)
    if (end < 0) break
    const text = bytes.toString('utf8', start, end).trim()
    if (text !== '') lines.push({ at: `byte ${from + start}`, text })
    start = end + 1
  }
  if (start === 0 && bytes.length === pieceBytes)
    throw new FettleError(
      'SOURCE_BAD_VALUE',
      `${path} has a line of more than ${pieceBytes} bytes at byte ${from}`,
    )
  return start === 0 ? undefined : { end: String(from + start), lines }
}
