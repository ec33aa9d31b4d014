import type { Micros } from '../../kernel/time.ts'
import type { Value } from '../../kernel/values/index.ts'
import type { Bytes } from './ports.ts'
import { type RecordBytes, recordBytes } from './stored-cells.ts'
import { type Accumulator, accumulator, type UndefinedReason } from './window-accumulators.ts'
import { leftEdge, type PlannedWindow, type WindowPlan } from './window-plan.ts'
import { recordLayout } from './window-record.ts'
import type { WindowRow } from './window-row.ts'
import { firstVisible, lowerBound, type Scope, visibleRows, type Words, words } from './window-scope.ts'

/** What the store holds of one key: records, and rows in none of them. */
export interface KeyContent {
  readonly records: readonly Bytes[]
  readonly rows: readonly WindowRow[]
}

/**
 * Answers every feature of a window view for one key at q; a key without content has no events. `because` is told why a
 * value is null although rows counted.
 */
export type WindowReader = (
  content: KeyContent | undefined,
  q: Micros,
  because?: (feature: number, reason: UndefinedReason) => void,
) => readonly Value[]

export function windowReader(plan: WindowPlan): WindowReader {
  const accumulators = plan.features.map(accumulator)
  const finish = (q: Micros, because: Parameters<WindowReader>[2]): Value[] =>
    accumulators.map((each, feature) => each.finish(q, reason => because?.(feature, reason)))
  const empty = finish(0n, undefined)
  const addRecord = recordReader(plan, accumulators)
  const edges = edgeCache(plan)
  return (content, q, because) => {
    if (content === undefined) return empty
    const lefts = edges(q)
    for (const record of content.records) addRecord(recordBytes(record), lefts)
    for (const row of content.rows) {
      if (!exists(row, q, plan.latest)) continue
      plan.features.forEach((feature, index) => {
        if (counts(row, feature, lefts.times[index] ?? null)) accumulators[index]?.addRow(row)
      })
    }
    return finish(q, because)
  }
}

function exists({ event, known, until }: WindowRow, q: Micros, latest: boolean): boolean {
  if (event >= q || (until !== null && q >= until)) return false
  return latest || known === null || known <= q
}

function counts(row: WindowRow, { predicate, column }: PlannedWindow, left: Micros | null): boolean {
  if (left !== null && row.event < left) return false
  return (predicate === -1 || row.holds[predicate] === true) && (column === -1 || row.cells[column] !== null)
}

function recordReader(plan: WindowPlan, accumulators: readonly Accumulator[]) {
  const layout = recordLayout(plan)
  let visible = new Uint32Array(64)
  return (record: RecordBytes, lefts: Edges): void => {
    const rows = record.view.getUint32(4, true)
    if (visible.length < rows) visible = new Uint32Array(rows * 2)
    const scope: Scope = {
      record,
      aggregates: layout.aggregates,
      columns: layout.columns,
      rows,
      at: record.view.getUint32(8, true),
      visible,
      firstTile: 0,
      endTile: 0,
      firstRow: 0,
      endRow: 0,
    }
    const end = visibleRows(scope, lefts, plan.latest)
    for (let i = 0; i < accumulators.length; i++) {
      const group = layout.groups + (plan.features[i]?.group ?? 0) * 8
      const left = lefts.words[i] ?? null
      scope.endTile = record.view.getUint32(group, true)
      scope.firstTile =
        left === null
          ? 0
          : lowerBound(record.view, record.view.getUint32(group + 4, true), scope.endTile, left)
      scope.endRow = end
      scope.firstRow = left === null ? 0 : firstVisible(scope, end, left)
      accumulators[i]?.addRecord(scope)
    }
  }
}

/** Left edges per feature at one q. */
interface Edges {
  readonly times: readonly (Micros | null)[]
  readonly words: readonly (Words | null)[]
  readonly now: Words
  readonly next: Words
}

/** Requests with many lookups ask for the same instant again and again. */
function edgeCache(plan: WindowPlan): (q: Micros) => Edges {
  let asked: Micros | undefined
  let edges: Edges = { times: [], words: [], now: words(0n), next: words(0n) }
  return q => {
    if (q !== asked) {
      asked = q
      const times = plan.features.map(feature => leftEdge(feature, q))
      edges = {
        times,
        words: times.map(edge => (edge === null ? null : words(edge))),
        now: words(q),
        next: words(q + 1n),
      }
    }
    return edges
  }
}
