import { parseType, type Value } from '../../kernel/values/index.ts'
import { exactMean, exactSum, roundRatio } from './exact-sum.ts'
import { storedCell } from './stored-cells.ts'
import type { Accumulator } from './window-accumulators.ts'
import type { PlannedWindow } from './window-plan.ts'
import { countIn, eachPart, eachRow, holds, type Scope, slots, tileSlots } from './window-scope.ts'
import { isFloat, plain } from './window-tiles.ts'

type ReadNumber = (view: DataView, at: number) => number

/** sum and mean, exact: floats rounded once at the end, integers and decimals without rounding. */
export function sumAccumulator(feature: PlannedWindow): Accumulator {
  return isFloat(feature.columnType) ? floatSum(feature) : wholeSum(feature)
}

/** Of a record whose sums are plain: every partial sum is exact. */
function plainSum(
  scope: Scope,
  feature: PlannedWindow,
  { read, width }: { readonly read: ReadNumber; readonly width: number },
): number {
  const { view } = scope.record
  const offset = tileSlots(scope, feature.aggregate)
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

function isPlain({ record: { view }, aggregates }: Scope, feature: PlannedWindow): boolean {
  return view.getUint32(aggregates + feature.aggregate * 8 + 4, true) === plain
}

function floatSum(feature: PlannedWindow): Accumulator {
  const single = feature.columnType === 'float32'
  const width = single ? 4 : 8
  const read: ReadNumber = (view, at) => (single ? view.getFloat32(at, true) : view.getFloat64(at, true))
  let [count, terms, parts]: [number, number[], number] = [0, [], 0]
  return {
    addRecord: scope => {
      const { view } = scope.record
      const counted = countIn(scope, feature)
      if (counted === 0) return
      count += counted
      if (isPlain(scope, feature)) {
        terms.push(plainSum(scope, feature, { read, width }))
        parts += 1
        return
      }
      parts += 2
      eachPart(scope, feature, (start, pieces) => {
        for (let i = 0; i < pieces; i++) terms.push(view.getFloat64(start + i * 8, true))
      })
      const values = slots(scope, feature.column)
      eachRow(scope, feature, row => terms.push(read(view, values + row * width)))
    },
    addRow: row => {
      count += 1
      parts += 2
      terms.push(row.cells[feature.column] as number)
    },
    finish: () => {
      const [n, found, plainOnly] = [count, terms, parts === 1]
      if (n === 0) return null
      count = 0
      terms = []
      parts = 0
      if (plainOnly) return feature.op === 'mean' ? (found[0] ?? 0) / n : (found[0] ?? 0)
      return feature.op === 'mean' ? exactMean(found, n) : exactSum(found)
    },
  }
}

const smallInteger: ReadNumber = (view, at) =>
  view.getInt32(at + 4, true) * 0x100000000 + view.getUint32(at, true)
const int128Cell = storedCell('decimal(38,0)')

/** int64 and decimal; a sum that does not fit is null. */
function wholeSum(feature: PlannedWindow): Accumulator {
  const type = parseType(feature.columnType)
  const denominator = type.kind === 'decimal' ? 10n ** BigInt(type.scale) : 1n
  const limit = type.kind === 'decimal' ? 10n ** 38n : 2n ** 63n
  const least = type.kind === 'decimal' ? 1n - limit : -limit
  const int64 = type.kind === 'scalar'
  /** Sum of the one record seen so far; more than one are added as integers. */
  let small: number | null = null
  let [count, sum, parts] = [0, 0n, 0]
  return {
    addRecord: scope => {
      const counted = countIn(scope, feature)
      if (counted === 0) return
      count += counted
      parts += 1
      if (int64 && parts === 1 && isPlain(scope, feature)) {
        small = plainSum(scope, feature, { read: smallInteger, width: 8 })
        return
      }
      sum += wideSum(scope, feature)
    },
    addRow: row => {
      count += 1
      parts += 1
      sum += row.cells[feature.column] as bigint
    },
    finish: (_q, because): Value => {
      const [n, alone, whole] = [count, parts === 1, sum]
      const first = small
      count = 0
      sum = 0n
      parts = 0
      small = null
      if (n === 0) return null
      if (first !== null && alone) return feature.op === 'mean' ? first / n : BigInt(first)
      const total = first === null ? whole : whole + BigInt(first)
      if (feature.op === 'mean') return roundRatio(total, BigInt(n) * denominator)
      if (total < limit && total >= least) return total
      because('overflow')
      return null
    },
  }
}

function wideSum(scope: Scope, feature: PlannedWindow): bigint {
  const { record } = scope
  const offset = tileSlots(scope, feature.aggregate)
  const tilesArePlain = isPlain(scope, feature)
  let sum = 0n
  for (let tile = scope.firstTile; tile < scope.endTile; tile++) {
    sum += tilesArePlain
      ? BigInt(record.view.getFloat64(offset + tile * 8, true))
      : (int128Cell.read(record, 0, offset + tile * 16) as bigint)
  }
  const cell = storedCell(feature.columnType)
  const values = slots(scope, feature.column)
  eachRow(scope, feature, row => {
    sum += cell.read(record, 0, values + row * cell.width) as bigint
  })
  return sum
}
