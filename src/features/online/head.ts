import type { Micros } from '../../kernel/time.ts'
import type { Bytes } from './ports.ts'
import type { Epochs } from './window-epochs.ts'

/** What a view serves: written in the same update that completes a generation or a run. */
export interface Head {
  /** The generation every read uses. */
  readonly generation: number
  /** Kept for rollback; null when there was none. */
  readonly former: number | null
  /** Everything known up to here was read. */
  readonly watermark: Micros
  /** The generation answers questions from this instant on. */
  readonly from: Micros
  readonly epochs: Epochs
  /** Semantic hash of the view's definition the generation was made with. */
  readonly definition: string
  /** Version of the source that was read; null when the caller did not say. */
  readonly source: string | null
  /** Of a view whose source Fettle accepts: rows of the journal up to this ingest sequence are in the generation. */
  readonly merged?: bigint | null
  /** Of a former head: when another took its place. */
  readonly replaced?: Micros | null
}

const format = 1
const fixed = 69

export function encodeHead(head: Head): Bytes {
  const rest = Buffer.from(
    JSON.stringify([
      head.definition,
      head.source,
      head.merged?.toString() ?? null,
      head.replaced?.toString() ?? null,
    ]),
    'utf8',
  )
  const bytes = Buffer.alloc(fixed + rest.length)
  bytes[0] = format
  bytes.writeUInt32LE(head.generation, 1)
  bytes.writeInt32LE(head.former ?? -1, 5)
  bytes.writeUInt32LE(head.epochs.count, 9)
  const times = [head.watermark, head.from, head.epochs.start, head.epochs.length, head.epochs.until]
  for (const [index, time] of times.entries()) bytes.writeBigInt64LE(time, 13 + index * 8)
  rest.copy(bytes, fixed)
  return bytes
}

export function decodeHead(bytes: Bytes): Head {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const time = (index: number): Micros => view.getBigInt64(13 + index * 8, true)
  const [definition, source, merged, replaced] = JSON.parse(
    Buffer.from(bytes.subarray(fixed)).toString('utf8'),
  ) as [string, string | null, string | null | undefined, string | null | undefined]
  const former = view.getInt32(5, true)
  return {
    generation: view.getUint32(1, true),
    former: former === -1 ? null : former,
    watermark: time(0),
    from: time(1),
    epochs: { start: time(2), length: time(3), until: time(4), count: view.getUint32(9, true) },
    definition,
    source,
    merged: merged ? BigInt(merged) : null,
    replaced: replaced ? BigInt(replaced) : null,
  }
}

/** Decodes a head again only if its bytes changed: the head is read with every request. */
export function headCache(): (bytes: Bytes) => Head {
  let last: Bytes | undefined
  let head: Head | undefined
  return bytes => {
    if (head !== undefined && last !== undefined && Buffer.compare(last, bytes) === 0) return head
    head = decodeHead(bytes)
    last = Uint8Array.from(bytes)
    return head
  }
}
