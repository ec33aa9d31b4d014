import { cellBytes } from '../../kernel/values/index.ts'
import { encodeHead } from './head.ts'
import { epochPrefix, headKey } from './keys.ts'
import {
  compareRows,
  forgetPast,
  type LookupCodec,
  type LookupRow,
  mergeRows,
  type Visibility,
  visibleFrom,
} from './lookup-record.ts'
import type { Change } from './ports.ts'
import type { AcceptedRow, PushOutcome } from './push-rows.ts'
import { type PushTarget, pushedHead, sequencesOf, type WrittenRows } from './push-target.ts'
import type { PlannedView } from './view-plan.ts'

interface KeyWrite {
  readonly codec: LookupCodec
  readonly law: Visibility
  readonly generation: number
  readonly rows: readonly { readonly row: number; readonly stored: () => LookupRow }[]
  readonly outcomes: Map<number, PushOutcome>
  readonly key: Buffer
}

/** Writes rows of an as-of view, all in one update; says what became of each. Writers need not know of each other. */
export async function pushLookupRows(
  target: PushTarget,
  written: WrittenRows,
): Promise<ReadonlyMap<number, PushOutcome>> {
  const { store, planned, source } = target
  const { codec, law } = planned.lookup ?? {}
  if (codec === undefined || law === undefined)
    throw new TypeError(`view ${planned.id.name} is no as-of view`)
  const columns = planned.columns.map(column => source.columns.findIndex(each => each.name === column.name))
  const outcomes = new Map<number, PushOutcome>()
  const head = await pushedHead(target)
  const sequences = sequencesOf(planned, written)
  const byKey = new Map<string, AcceptedRow[]>()
  for (const row of written.rows) {
    const text = row.key.toString('latin1')
    const rows = byKey.get(text)
    if (rows) rows.push(row)
    else byKey.set(text, [row])
  }
  const changes = [...byKey.values()].map(rows =>
    keyChange(target, {
      codec,
      law,
      outcomes,
      generation: head.generation,
      key: rows[0]?.key ?? Buffer.alloc(0),
      rows: rows.map(row => ({
        row: row.row,
        stored: () => ({
          ...row,
          sequence: sequences.of(row.row),
          cells: columns.map(column => row.values[column] ?? null),
        }),
      })),
    }),
  )
  await store.update([
    ...sequences.changes,
    ...changes,
    { key: headKey(planned.id), next: current => encodeHead(head.next(current)) },
  ])
  return outcomes
}

/** Writes the rows of one key one after the other, then sees which of them is served. */
function keyChange({ planned, now, source }: PushTarget, write: KeyWrite): Change {
  const { codec, law, outcomes } = write
  const declared = source.knownAt.kind === 'column'
  return {
    key: Buffer.concat([epochPrefix(planned.id, write.generation, 0), write.key]),
    next: current => {
      const stored = current ? codec.decode(current) : []
      const written: { row: number; stored: LookupRow }[] = []
      for (const { row, stored: make } of write.rows) {
        const candidate = make()
        const rival = greatestAt([...stored, ...written.map(each => each.stored)], candidate)
        if (rival && equalRows(rival, candidate, { planned, declared })) outcomes.set(row, 'duplicate')
        else written.push({ row, stored: candidate })
      }
      if (written.length === 0) return undefined
      const incoming = written.map(each => each.stored)
      const chain = forgetPast(mergeRows(stored, incoming, law), now, law)
      const visible = (row: LookupRow): boolean => (visibleFrom(row, law) ?? now + 1n) <= now
      const served = chain.find(visible)
      for (const each of written)
        outcomes.set(
          each.row,
          !visible(each.stored) ? 'deferred' : each.stored === served ? 'applied' : 'superseded',
        )
      return codec.encode(chain)
    },
  }
}

/** The winner among the rows of the candidate's event time. */
function greatestAt(rows: readonly LookupRow[], { event }: LookupRow): LookupRow | undefined {
  let best: LookupRow | undefined
  for (const row of rows)
    if (row.event === event && (best === undefined || compareRows(row, best) >= 0)) best = row
  return best
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
