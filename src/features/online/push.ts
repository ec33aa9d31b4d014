import type { SourceData } from '../../definitions/model.ts'
import type { Micros } from '../../kernel/time.ts'
import { cellBytes } from '../../kernel/values/index.ts'
import { decodeHead, encodeHead, type Head } from './head.ts'
import { epochPrefix, headKey } from './keys.ts'
import { compareRows, forgetPast, type LookupRow, mergeRows, visibleFrom } from './lookup-record.ts'
import type { OnlineView } from './model.ts'
import type { Change, OnlineStore } from './ports.ts'
import { type AcceptedRow, acceptRows, type PushOutcome, type PushRow, type Rejection } from './push-rows.ts'
import { type PushTarget, sequenceChange } from './push-target.ts'
import { pushWindowRows } from './push-windows.ts'
import { pushed } from './run.ts'
import { type PlannedView, planOnlineView } from './view-plan.ts'

export interface PushRequest {
  readonly view: OnlineView
  readonly source: SourceData
  readonly rows: readonly PushRow[]
  /** Fettle's clock: the known time of rows without a declared one. */
  readonly now: Micros
  /** Default 5 minutes, inclusive. */
  readonly maxFutureSkew?: Micros
}

/** features.md §10.1: received = applied + superseded + duplicate + deferred + rejected. */
export interface PushReport extends Readonly<Record<PushOutcome, number>> {
  readonly received: number
  /** Every row that was not applied, in order. */
  readonly rows: readonly { readonly row: number; readonly outcome: PushOutcome; readonly code?: Rejection }[]
}

const defaultSkew = 300_000_000n

/**
 * Writes rows into the serving generation of one view: readable by the next request, in the order of features.md §3.2
 * with a strictly increasing ingest sequence. Rows are independent; bad ones are rejected with a code, the rest is
 * written in one update. "Equal in every declared column" is tested on the columns the view reads.
 */
export async function pushRows(store: OnlineStore, request: PushRequest): Promise<PushReport> {
  const { view, source, rows, now } = request
  const planned = planOnlineView(view, source)
  const { accepted, rejected } = acceptRows(source, planned.keys, rows, {
    now,
    maxFutureSkew: request.maxFutureSkew ?? defaultSkew,
  })
  const outcomes = new Map<number, PushOutcome>()
  const target: PushTarget = {
    store,
    planned,
    source,
    now,
    outcomes,
    head: await pushedHead(store, planned, now),
  }
  if (planned.kind === 'window') await pushWindowRows(target, accepted)
  else await pushLookupRows(target, accepted)
  const codes = new Map(rejected.map(({ row, code }) => [row, code]))
  for (const { row } of rejected) outcomes.set(row, 'rejected')
  return report(outcomes, codes)
}

async function pushedHead(store: OnlineStore, planned: PlannedView, now: Micros): Promise<Head> {
  const [bytes] = await store.readMany([headKey(planned.id)])
  const head = bytes && decodeHead(bytes)
  if (head && head.definition === planned.definition)
    return { ...head, source: pushed, watermark: planned.kind === 'window' ? now : head.watermark }
  return {
    generation: (head?.generation ?? 0) + 1,
    former: head?.generation ?? null,
    watermark: now,
    from: now,
    epochs: { start: now, length: 1n, count: 1, until: now },
    definition: planned.definition,
    source: pushed,
  }
}

async function pushLookupRows(target: PushTarget, accepted: readonly AcceptedRow[]): Promise<void> {
  const { store, planned, head } = target
  const sequence = sequenceChange(planned, accepted.length)
  const byKey = new Map<string, AcceptedRow[]>()
  for (const row of accepted)
    byKey.set(row.key.toString('latin1'), [...(byKey.get(row.key.toString('latin1')) ?? []), row])
  const changes = [...byKey.values()].map(rows => lookupKeyChange(target, rows, sequence.base))
  await store.update([
    sequence.change,
    ...changes,
    { key: headKey(planned.id), next: () => encodeHead(head) },
  ])
}

/** Writes the rows of one key one after the other, then sees which of them is served. */
function lookupKeyChange(
  { planned, head, now, outcomes, source }: PushTarget,
  rows: readonly AcceptedRow[],
  base: () => bigint,
): Change {
  const { codec, law } = planned.lookup ?? {}
  if (codec === undefined || law === undefined)
    throw new TypeError(`view ${planned.id.name} is no as-of view`)
  const columns = planned.columns.map(column => source.columns.findIndex(each => each.name === column.name))
  const declared = source.knownAt.kind === 'column'
  return {
    key: Buffer.concat([epochPrefix(planned.id, head.generation, 0), rows[0]?.key ?? Buffer.alloc(0)]),
    next: current => {
      const stored = current ? codec.decode(current) : []
      const written: { row: number; stored: LookupRow }[] = []
      for (const row of rows) {
        const candidate: LookupRow = {
          ...row,
          sequence: base() + BigInt(row.row) + 1n,
          cells: columns.map(column => row.values[column] ?? null),
        }
        const rival = [...stored, ...written.map(each => each.stored)]
          .filter(each => each.event === row.event)
          .sort(compareRows)
          .at(-1)
        if (rival && equalRows(rival, candidate, { planned, declared })) outcomes.set(row.row, 'duplicate')
        else written.push({ row: row.row, stored: candidate })
      }
      if (written.length === 0) return undefined
      const chain = forgetPast(
        mergeRows(
          stored,
          written.map(each => each.stored),
          law,
        ),
        now,
        law,
      )
      const visible = (row: LookupRow): boolean => (visibleFrom(row, law) ?? now + 1n) <= now
      const servedNow = chain.find(visible)
      for (const each of written)
        outcomes.set(
          each.row,
          !visible(each.stored) ? 'deferred' : each.stored === servedNow ? 'applied' : 'superseded',
        )
      return codec.encode(chain)
    },
  }
}

function equalRows(
  left: LookupRow,
  right: LookupRow,
  { planned, declared }: { readonly planned: PlannedView; readonly declared: boolean },
): boolean {
  if (left.deleted !== right.deleted || (declared && left.known !== right.known)) return false
  return planned.columns.every(({ type }, index) =>
    cellBytes(type, left.cells[index] ?? null).equals(cellBytes(type, right.cells[index] ?? null)),
  )
}

function report(
  outcomes: ReadonlyMap<number, PushOutcome>,
  codes: ReadonlyMap<number, Rejection>,
): PushReport {
  const counts = { applied: 0, superseded: 0, duplicate: 0, deferred: 0, rejected: 0 }
  const rows: { row: number; outcome: PushOutcome; code?: Rejection }[] = []
  for (const [row, outcome] of [...outcomes].sort(([left], [right]) => left - right)) {
    counts[outcome] += 1
    const code = codes.get(row)
    if (outcome !== 'applied') rows.push({ row, outcome, ...(code === undefined ? {} : { code }) })
  }
  return { received: outcomes.size, ...counts, rows }
}
