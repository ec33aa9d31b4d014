import type { Micros } from '../../kernel/time.ts'
import { parseType, type Value, valueOrder } from '../../kernel/values/index.ts'
import { exactMean, exactSum, roundRatio } from './exact-sum.ts'
import type { Bytes } from './ports.ts'
import { type RecordBytes, recordBytes, storedCell } from './stored-cells.ts'
import { leftEdge, type PlannedWindow, type WindowPlan } from './window-plan.ts'
import { isFloat, plain, recordLayout } from './window-record.ts'

/** Answers every feature of a window view for one key at q from its record; a key without a record has no events. */
export type WindowReader = (bytes: Bytes | undefined, q: Micros) => readonly Value[]

/** What one feature sees of a record: its tiles [first, end) and its kept rows, by index into the visible ones. */
interface Scope {
  readonly record: RecordBytes
  readonly aggregates: number
  readonly rows: number
  /** Offset of the kept rows. */
  readonly at: number
  readonly visible: Uint32Array
  readonly columns: number
  firstTile: number
  endTile: number
  firstRow: number
  endRow: number
}

type FeatureReader = (scope: Scope) => Value

export function windowReader(plan: WindowPlan): WindowReader {
  const layout = recordLayout(plan)
  const readers = plan.features.map(feature => featureReader(plan, feature))
  const empty = plan.features.map((feature): Value => (feature.op === 'count' ? 0n : null))
  const edges = edgeCache(plan)
  let visible = new Uint32Array(64)
  return (bytes, q) => {
    if (bytes === undefined) return empty
    const record = recordBytes(bytes)
    const lefts = edges(q)
    const rows = record.view.getUint32(4, true)
    if (visible.length < rows) visible = new Uint32Array(rows * 2)
    const at = record.view.getUint32(8, true)
    const scope: Scope = {
      record,
      aggregates: layout.aggregates,
      columns: layout.columns,
      rows,
      at,
      visible,
      firstTile: 0,
      endTile: 0,
      firstRow: 0,
      endRow: 0,
    }
    const end = visibleRows(scope, q, plan.latest)
    const answers: Value[] = new Array(readers.length)
    for (let i = 0; i < readers.length; i++) {
      const group = layout.groups + (plan.features[i]?.group ?? 0) * 8
      const left = lefts[i]
      scope.endTile = record.view.getUint32(group, true)
      scope.firstTile =
        left === undefined || left === null
          ? 0
          : lowerBound(record.view, record.view.getUint32(group + 4, true), scope.endTile, left)
      scope.endRow = end
      scope.firstRow = left === undefined || left === null ? 0 : firstVisible(scope, end, left)
      answers[i] = readers[i]?.(scope) ?? null
    }
    return answers
  }
}

/** A time as two words, compared without making a bigint for each. */
interface Words {
  readonly high: number
  readonly low: number
}

function words(time: Micros): Words {
  return { high: Number(BigInt.asIntN(64, time) >> 32n), low: Number(time & 0xffffffffn) }
}

function isBefore(view: DataView, offset: number, { high, low }: Words): boolean {
  const own = view.getInt32(offset + 4, true)
  return own < high || (own === high && view.getUint32(offset, true) < low)
}

/** Left edges per feature; requests with many lookups ask for the same instant again and again. */
function edgeCache(plan: WindowPlan): (q: Micros) => readonly (Words | null)[] {
  let asked: Micros | undefined
  let edges: readonly (Words | null)[] = []
  return q => {
    if (q !== asked) {
      asked = q
      edges = plan.features.map(feature => {
        const edge = leftEdge(feature, q)
        return edge === null ? null : words(edge)
      })
    }
    return edges
  }
}

/** Index of the first of `count` ascending times that is not before `edge`. */
function lowerBound(view: DataView, offset: number, count: number, edge: Words): number {
  let [low, high] = [0, count]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (isBefore(view, offset + middle * 8, edge)) low = middle + 1
    else high = middle
  }
  return low
}

/** Fills `visible` with the kept rows that exist at q (e < q, known ≤ q, not yet replaced); gives how many. */
function visibleRows({ record: { view }, rows, at, visible }: Scope, q: Micros, latest: boolean): number {
  if (rows === 0) return 0
  const [now, next] = [words(q), words(q + 1n)]
  const end = lowerBound(view, at, rows, now)
  let count = 0
  for (let row = 0; row < end; row++) {
    const known = latest || isBefore(view, at + (rows + row) * 8, next)
    if (known && !isBefore(view, at + (rows * 2 + row) * 8, next)) visible[count++] = row
  }
  return count
}

function firstVisible({ record: { view }, rows, at, visible }: Scope, end: number, left: Words): number {
  if (rows === 0) return 0
  const row = lowerBound(view, at, rows, left)
  let [low, high] = [0, end]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((visible[middle] ?? 0) < row) low = middle + 1
    else high = middle
  }
  return low
}

function featureReader(plan: WindowPlan, feature: PlannedWindow): FeatureReader {
  switch (feature.op) {
    case 'count':
      return scope => BigInt(countIn(scope, feature))
    case 'sum':
    case 'mean':
      return isFloat(plan, feature) ? floatReader(plan, feature) : wholeReader(plan, feature)
    case 'min':
    case 'max':
      return extremeReader(plan, feature)
    case 'first':
    case 'last':
      return endReader(plan, feature)
  }
}

/** Does a kept row count for the feature? */
function holds(
  { record: { bytes, view }, rows, at, columns }: Scope,
  { predicate, column }: PlannedWindow,
  row: number,
): boolean {
  if (
    predicate !== -1 &&
    ((bytes[at + rows * 24 + (predicate >> 3) * rows + row] ?? 0) & (1 << (predicate & 7))) === 0
  )
    return false
  return column === -1 || bytes[view.getUint32(columns + column * 4, true) + row] === 1
}

function countIn(scope: Scope, feature: PlannedWindow): number {
  const { view } = scope.record
  const offset = view.getUint32(scope.aggregates + feature.counter * 8, true)
  let count = 0
  for (let tile = scope.firstTile; tile < scope.endTile; tile++)
    count += view.getUint32(offset + tile * 4, true)
  for (let i = scope.firstRow; i < scope.endRow; i++)
    if (holds(scope, feature, scope.visible[i] ?? 0)) count += 1
  return count
}

/** Offset of a column's slots among the kept rows: they follow one presence byte per row. */
function slots({ record: { view }, rows, columns }: Scope, column: number): number {
  return rows === 0 ? 0 : view.getUint32(columns + column * 4, true) + rows
}

function plainSum(
  scope: Scope,
  feature: PlannedWindow,
  read: (view: DataView, at: number) => number,
  width: number,
): number {
  const { view } = scope.record
  const offset = view.getUint32(scope.aggregates + feature.aggregate * 8, true)
  let sum = 0
  for (let tile = scope.firstTile; tile < scope.endTile; tile++)
    sum += view.getFloat64(offset + tile * 8, true)
  const values = slots(scope, feature.column)
  for (let i = scope.firstRow; i < scope.endRow; i++) {
    const row = scope.visible[i] ?? 0
    if (holds(scope, feature, row)) sum += read(view, values + row * width)
  }
  return sum
}

const smallInteger = (view: DataView, at: number): number =>
  view.getInt32(at + 4, true) * 0x100000000 + view.getUint32(at, true)

/** int64 and decimal: exact integers; a sum that does not fit is null. */
function wholeReader(plan: WindowPlan, feature: PlannedWindow): FeatureReader {
  const type = parseType(plan.columns[feature.column]?.type ?? 'int64')
  const denominator = type.kind === 'decimal' ? 10n ** BigInt(type.scale) : 1n
  const limit = type.kind === 'decimal' ? 10n ** 38n : 2n ** 63n
  const fits = (sum: bigint): boolean => sum < limit && sum >= (type.kind === 'decimal' ? 1n - limit : -limit)
  const int64 = type.kind === 'scalar'
  return scope => {
    const count = countIn(scope, feature)
    if (count === 0) return null
    if (int64 && isPlain(scope, feature)) {
      const sum = plainSum(scope, feature, smallInteger, 8)
      return feature.op === 'mean' ? sum / count : BigInt(sum)
    }
    const sum = wideSum(scope, feature, int64 ? 8 : 16)
    if (feature.op === 'mean') return roundRatio(sum, BigInt(count) * denominator)
    return fits(sum) ? sum : null
  }
}

function isPlain({ record: { view }, aggregates }: Scope, feature: PlannedWindow): boolean {
  return view.getUint32(aggregates + feature.aggregate * 8 + 4, true) === plain
}

const [int64Cell, int128Cell] = [storedCell('int64'), storedCell('decimal(38,0)')]

function wideSum(scope: Scope, feature: PlannedWindow, width: 8 | 16): bigint {
  const { view } = scope.record
  const offset = view.getUint32(scope.aggregates + feature.aggregate * 8, true)
  const tilesArePlain = isPlain(scope, feature)
  let sum = 0n
  for (let tile = scope.firstTile; tile < scope.endTile; tile++) {
    sum += tilesArePlain
      ? BigInt(view.getFloat64(offset + tile * 8, true))
      : (int128Cell.read(scope.record, 0, offset + tile * 16) as bigint)
  }
  const cell = width === 8 ? int64Cell : int128Cell
  const values = slots(scope, feature.column)
  for (let i = scope.firstRow; i < scope.endRow; i++) {
    const row = scope.visible[i] ?? 0
    if (holds(scope, feature, row)) sum += cell.read(scope.record, 0, values + row * width) as bigint
  }
  return sum
}

function floatReader(plan: WindowPlan, feature: PlannedWindow): FeatureReader {
  const single = plan.columns[feature.column]?.type === 'float32'
  const width = single ? 4 : 8
  const read = (view: DataView, at: number): number =>
    single ? view.getFloat32(at, true) : view.getFloat64(at, true)
  return scope => {
    const count = countIn(scope, feature)
    if (count === 0) return null
    if (isPlain(scope, feature)) {
      const sum = plainSum(scope, feature, read, width)
      return feature.op === 'mean' ? sum / count : sum
    }
    const terms = tileTerms(scope, feature)
    const values = slots(scope, feature.column)
    for (let i = scope.firstRow; i < scope.endRow; i++) {
      const row = scope.visible[i] ?? 0
      if (holds(scope, feature, row)) terms.push(read(scope.record.view, values + row * width))
    }
    return feature.op === 'mean' ? exactMean(terms, count) : exactSum(terms)
  }
}

function tileTerms(
  { record: { view }, aggregates, firstTile, endTile }: Scope,
  feature: PlannedWindow,
): number[] {
  const offset = view.getUint32(aggregates + feature.aggregate * 8, true)
  const terms: number[] = []
  for (let tile = firstTile; tile < endTile; tile++) {
    const at = view.getUint32(offset + tile * 8, true)
    const count = view.getUint32(offset + tile * 8 + 4, true)
    for (let i = 0; i < count; i++) terms.push(view.getFloat64(at + i * 8, true))
  }
  return terms
}

/** Has the tile a row that counts? */
function filled({ record: { view }, aggregates }: Scope, feature: PlannedWindow, tile: number): boolean {
  return view.getUint32(view.getUint32(aggregates + feature.counter * 8, true) + tile * 4, true) > 0
}

function extremeReader(plan: WindowPlan, feature: PlannedWindow): FeatureReader {
  const type = plan.columns[feature.column]?.type ?? ''
  const [cell, order, sign] = [storedCell(type), valueOrder(type), feature.op === 'min' ? -1 : 1]
  return scope => {
    const offset = scope.record.view.getUint32(scope.aggregates + feature.aggregate * 8, true)
    let best: Value = null
    const offer = (value: Value): void => {
      if (best === null || order(value, best) * sign > 0) best = value
    }
    for (let tile = scope.firstTile; tile < scope.endTile; tile++) {
      if (filled(scope, feature, tile)) offer(cell.read(scope.record, 0, offset + tile * cell.width))
    }
    const values = slots(scope, feature.column)
    for (let i = scope.firstRow; i < scope.endRow; i++) {
      const row = scope.visible[i] ?? 0
      if (holds(scope, feature, row)) offer(cell.read(scope.record, 0, values + row * cell.width))
    }
    return best
  }
}

/**
 * The first or last value in the order of §3.2: tiles are disjoint in event time, kept rows are in that order, so one
 * of each is compared. At a full tie the kept row is the later one: it was accepted after the tiles were made.
 */
function endReader(plan: WindowPlan, feature: PlannedWindow): FeatureReader {
  const cell = storedCell(plan.columns[feature.column]?.type ?? '')
  const last = feature.op === 'last'
  return scope => {
    const { view } = scope.record
    const tile = endTile(scope, feature, last)
    const row = endRow(scope, feature, last)
    if (tile === -1 && row === -1) return null
    const offset = view.getUint32(scope.aggregates + feature.aggregate * 8, true) + tile * (16 + cell.width)
    if (row === -1 || (tile !== -1 && !takesRow(scope, { offset, row, last })))
      return cell.read(scope.record, 0, offset + 16)
    return cell.read(scope.record, 0, slots(scope, feature.column) + row * cell.width)
  }
}

function takesRow(
  { record: { view }, at, rows }: Scope,
  { offset, row, last }: { offset: number; row: number; last: boolean },
): boolean {
  const [tileEvent, rowEvent] = [view.getBigInt64(offset, true), view.getBigInt64(at + row * 8, true)]
  if (tileEvent !== rowEvent) return last === rowEvent > tileEvent
  const [tileKnown, rowKnown] = [
    view.getBigInt64(offset + 8, true),
    view.getBigInt64(at + (rows + row) * 8, true),
  ]
  return last === rowKnown >= tileKnown
}

function endTile(scope: Scope, feature: PlannedWindow, last: boolean): number {
  const count = scope.endTile - scope.firstTile
  for (let i = 0; i < count; i++) {
    const tile = last ? scope.endTile - 1 - i : scope.firstTile + i
    if (filled(scope, feature, tile)) return tile
  }
  return -1
}

function endRow(scope: Scope, feature: PlannedWindow, last: boolean): number {
  const count = scope.endRow - scope.firstRow
  for (let i = 0; i < count; i++) {
    const row = scope.visible[last ? scope.endRow - 1 - i : scope.firstRow + i] ?? 0
    if (holds(scope, feature, row)) return row
  }
  return -1
}
