import { createHash } from 'node:crypto'
import { FettleError } from '../../kernel/errors/index.ts'
import { cellBytes } from '../../kernel/values/index.ts'
import { decodeHead, encodeHead } from './head.ts'
import { headKey, sequenceKey } from './keys.ts'
import type { LiveWrite } from './live-events.ts'
import { livePlace, sameBytes } from './live-keys.ts'
import { writeLive } from './live-write.ts'
import type { Bytes, Change } from './ports.ts'
import type { AcceptedRow, PushOutcome } from './push-rows.ts'
import { type PushTarget, pushedHead, type WrittenRows } from './push-target.ts'
import { pushed } from './run.ts'

/** Writes events of a window view in one update; says what became of each. */
export async function pushWindowRows(
  target: PushTarget,
  written: WrittenRows,
): Promise<ReadonlyMap<number, PushOutcome>> {
  const { store, planned, now } = target
  const head = await pushedHead(target)
  const place = livePlace(store, planned, { generation: head.generation, now })
  const prepared = written.rows.map(row => writeOf(target, row))
  return writeLive(place, now, async () => {
    const counter = await sequences(target, written)
    return {
      writes: prepared.map(write => ({ ...write, sequence: counter.of(write.row) })),
      changes: stale => [
        ...counter.changes(stale),
        {
          key: headKey(planned.id),
          next: current => {
            refuseFilled(target, current)
            const next = head.next(current)
            if (next.generation !== head.generation) throw stale
            return encodeHead(next)
          },
        },
      ],
    }
  })
}

/** A view that was filled from a batch source keeps no rows that a correction could retract. */
function refuseFilled({ planned, source }: PushTarget, bytes: Bytes | undefined): void {
  const head = bytes && decodeHead(bytes)
  if (head && head.definition === planned.definition && head.source !== pushed)
    throw new FettleError(
      'SOURCE_NOT_WRITABLE',
      `view ${planned.id.name} is materialized from source ${source.name}, which is not written to`,
      { details: { view: planned.id.name, source: source.name } },
    )
}

function writeOf({ planned, source }: PushTarget, row: AcceptedRow): LiveWrite {
  const at = (name: string): number => source.columns.findIndex(column => column.name === name)
  return {
    row: row.row,
    key: row.key,
    event: row.event,
    known: row.known,
    sequence: null,
    deleted: row.deleted,
    eventId: row.eventId,
    cells: planned.columns.map(({ name }) => row.values[at(name)] ?? null),
    fingerprint: row.eventId === null ? null : fingerprint(source, row),
  }
}

function fingerprint(source: PushTarget['source'], { values }: AcceptedRow): Uint8Array {
  const hash = createHash('sha256')
  source.columns.forEach(({ type }, index) => {
    hash.update(cellBytes(type, values[index] ?? null))
  })
  return Uint8Array.from(hash.digest().subarray(0, 16))
}

interface Counter {
  of(row: number): bigint
  changes(stale: FettleError): readonly Change[]
}

/** The caller's sequences, or the next ones of the view. */
async function sequences({ store, planned }: PushTarget, { rows, sequences }: WrittenRows): Promise<Counter> {
  if (sequences) return { of: row => sequences[row] ?? 0n, changes: () => [] }
  const key = sequenceKey(planned.id)
  const [found] = await store.readMany([key])
  const base = found ? Buffer.from(found).readBigInt64LE() : 0n
  const next = Buffer.alloc(8)
  next.writeBigInt64LE(base + BigInt((rows.at(-1)?.row ?? -1) + 1))
  const change = (stale: FettleError): Change => ({
    key,
    next: current => {
      if (!sameBytes(current, found)) throw stale
      return next
    },
  })
  return { of: row => base + BigInt(row) + 1n, changes: stale => [change(stale)] }
}
