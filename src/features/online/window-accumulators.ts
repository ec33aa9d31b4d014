import { type Value, valueOrder } from '../../kernel/values/index.ts'
import { reducer } from '../offline/windows/reduce.ts'
import { countValues } from './counted-values.ts'
import { storedCell } from './stored-cells.ts'
import {
  addMoments,
  addValue,
  type Moments,
  momentsResult,
  noMoments,
  readMoments,
} from './window-moments.ts'
import type { PlannedWindow } from './window-plan.ts'
import { always, type WindowRow } from './window-row.ts'
import { countIn, eachPart, eachRow, filled, type Scope, slots, tileSlots } from './window-scope.ts'
import { sumAccumulator } from './window-sums.ts'
import { endHeader } from './window-tiles.ts'

/** Why a value is null although rows counted. */
export type UndefinedReason = 'overflow' | 'limit'

/** Answer of one feature for one key at one instant, merged from records and rows in any order. */
export interface Accumulator {
  /** Adds a record's tiles and kept rows that the scope shows. */
  addRecord(scope: Scope): void
  /** Adds one row that counts. */
  addRow(row: WindowRow): void
  /** The result at q; afterwards the accumulator is empty again. */
  finish(q: bigint, because: (reason: UndefinedReason) => void): Value
}

export function accumulator(feature: PlannedWindow): Accumulator {
  switch (feature.kind) {
    case 'count':
      return countAccumulator(feature)
    case 'sum':
      return sumAccumulator(feature)
    case 'moments':
      return momentsAccumulator(feature)
    case 'min':
    case 'max':
      return extremeAccumulator(feature)
    case 'newest':
      return newestAccumulator(feature)
    case 'first':
    case 'last':
      return endAccumulator(feature)
    case 'firsts':
    case 'lasts':
      return endsAccumulator(feature)
    case 'least':
    case 'greatest':
      return leadingAccumulator(feature)
    case 'values':
      return valuesAccumulator(feature)
  }
}

function countAccumulator(feature: PlannedWindow): Accumulator {
  let count = 0
  return {
    addRecord: scope => {
      count += countIn(scope, feature)
    },
    addRow: () => {
      count += 1
    },
    finish: () => {
      const found = BigInt(count)
      count = 0
      return found
    },
  }
}

function momentsAccumulator(feature: PlannedWindow): Accumulator {
  let [moments, count]: [Moments, number] = [noMoments(), 0]
  const cell = storedCell(feature.columnType)
  return {
    addRecord: scope => {
      count += countIn(scope, feature)
      eachPart(scope, feature, start => addMoments(moments, readMoments(scope.record.bytes, start)))
      const values = slots(scope, feature.column)
      eachRow(scope, feature, row => addValue(moments, cell.read(scope.record, 0, values + row * cell.width)))
    },
    addRow: row => {
      count += 1
      addValue(moments, row.cells[feature.column] ?? null)
    },
    finish: () => {
      const result = momentsResult(moments, count, feature)
      moments = noMoments()
      count = 0
      return result
    },
  }
}

function extremeAccumulator(feature: PlannedWindow): Accumulator {
  const [cell, order] = [storedCell(feature.columnType), valueOrder(feature.columnType)]
  const sign = feature.kind === 'min' ? -1 : 1
  let best: Value = null
  const offer = (value: Value): void => {
    if (best === null || order(value, best) * sign > 0) best = value
  }
  return {
    addRecord: scope => {
      const { width } = cell
      const offset = tileSlots(scope, feature.aggregate)
      for (let tile = scope.firstTile; tile < scope.endTile; tile++)
        if (filled(scope, feature, tile)) offer(cell.read(scope.record, 0, offset + tile * width))
      const values = slots(scope, feature.column)
      eachRow(scope, feature, row => offer(cell.read(scope.record, 0, values + row * width)))
    },
    addRow: row => offer(row.cells[feature.column] ?? null),
    finish: () => {
      const found = best
      best = null
      return found
    },
  }
}

function newestAccumulator(feature: PlannedWindow): Accumulator {
  let newest: bigint | null = null
  const offer = (event: bigint): void => {
    if (newest === null || event > newest) newest = event
  }
  return {
    addRecord: scope => {
      const { view } = scope.record
      const offset = tileSlots(scope, feature.aggregate)
      for (let tile = scope.firstTile; tile < scope.endTile; tile++)
        if (filled(scope, feature, tile)) offer(view.getBigInt64(offset + tile * 8, true))
      eachRow(scope, feature, row => offer(view.getBigInt64(scope.at + row * 8, true)))
    },
    addRow: row => offer(row.event),
    finish: q => {
      const seconds = newest === null ? null : Number(q - newest) / 1e6
      newest = null
      return seconds
    },
  }
}

/** A value with its place in the order of features.md §3.2. */
interface End {
  readonly event: bigint
  readonly known: bigint
  readonly sequence: bigint
  readonly value: Value
}

function compareEnds(left: End, right: End): number {
  if (left.event !== right.event) return left.event < right.event ? -1 : 1
  if (left.known !== right.known) return left.known < right.known ? -1 : 1
  return left.sequence < right.sequence ? -1 : Number(left.sequence > right.sequence)
}

function endOfRow(row: WindowRow, column: number): End {
  return {
    event: row.event,
    known: row.known ?? always,
    sequence: row.sequence,
    value: row.cells[column] ?? null,
  }
}

/** Reads ends out of records. */
function endReader(feature: PlannedWindow) {
  const cell = storedCell(feature.columnType)
  return {
    width: endHeader + cell.width,
    tile: ({ record }: Scope, at: number): End => ({
      event: record.view.getBigInt64(at, true),
      known: record.view.getBigInt64(at + 8, true),
      sequence: record.view.getBigInt64(at + 16, true),
      value: cell.read(record, 0, at + endHeader),
    }),
    row: (scope: Scope, row: number): End => {
      const { record, at, rows } = scope
      return {
        event: record.view.getBigInt64(at + row * 8, true),
        known: record.view.getBigInt64(at + (rows + row) * 8, true),
        sequence: record.view.getBigInt64(at + (rows * 3 + row) * 8, true),
        value: cell.read(record, 0, slots(scope, feature.column) + row * cell.width),
      }
    },
  }
}

/** Tiles are disjoint in event time and kept rows are in order, so one of each is enough. */
function endAccumulator(feature: PlannedWindow): Accumulator {
  const read = endReader(feature)
  const last = feature.kind === 'last'
  let best: End | null = null
  const offer = (end: End): void => {
    if (best === null || compareEnds(end, best) > 0 === last) best = end
  }
  return {
    addRecord: scope => {
      const tile = outermost(scope.firstTile, scope.endTile, last, at => filled(scope, feature, at))
      if (tile !== -1) offer(read.tile(scope, tileSlots(scope, feature.aggregate) + tile * read.width))
      let found = -1
      eachRow(scope, feature, row => {
        if (last || found === -1) found = row
      })
      if (found !== -1) offer(read.row(scope, found))
    },
    addRow: row => offer(endOfRow(row, feature.column)),
    finish: () => {
      const value = best === null ? null : (best as End).value
      best = null
      return value
    },
  }
}

function outermost(first: number, end: number, last: boolean, test: (at: number) => boolean): number {
  for (let i = 0; i < end - first; i++) {
    const at = last ? end - 1 - i : first + i
    if (test(at)) return at
  }
  return -1
}

function endsAccumulator(feature: PlannedWindow): Accumulator {
  const read = endReader(feature)
  const sign = feature.kind === 'lasts' ? -1 : 1
  let ends: End[] = []
  return {
    addRecord: scope => {
      eachPart(scope, feature, (start, pieces) => {
        for (let i = 0; i < pieces; i++) ends.push(read.tile(scope, start + i * read.width))
      })
      eachRow(scope, feature, row => ends.push(read.row(scope, row)))
    },
    addRow: row => {
      ends.push(endOfRow(row, feature.column))
    },
    finish: () => {
      const found = ends.sort((left, right) => compareEnds(left, right) * sign).slice(0, feature.k)
      ends = []
      return found.map(end => end.value)
    },
  }
}

function leadingAccumulator(feature: PlannedWindow): Accumulator {
  const [cell, order] = [storedCell(feature.columnType), valueOrder(feature.columnType)]
  const sign = feature.kind === 'least' ? 1 : -1
  let values: Value[] = []
  return {
    addRecord: scope => {
      const { record } = scope
      eachPart(scope, feature, (start, pieces) => {
        for (let i = 0; i < pieces; i++) values.push(cell.read(record, 0, start + i * cell.width))
      })
      const own = slots(scope, feature.column)
      eachRow(scope, feature, row => values.push(cell.read(record, 0, own + row * cell.width)))
    },
    addRow: row => {
      values.push(row.cells[feature.column] ?? null)
    },
    finish: () => {
      const found = values.sort((left, right) => order(left, right) * sign).slice(0, feature.k)
      values = []
      return found
    },
  }
}

function valuesAccumulator(feature: PlannedWindow): Accumulator {
  const cell = storedCell(feature.columnType)
  const values = countValues(feature.columnType)
  return {
    addRecord: scope => {
      const { record } = scope
      const width = 4 + cell.width
      eachPart(scope, feature, (start, pieces) => {
        for (let i = 0; i < pieces; i++) {
          const at = start + i * width
          values.add(cell.read(record, 0, at + 4), record.view.getUint32(at, true))
        }
      })
      const own = slots(scope, feature.column)
      eachRow(scope, feature, row => values.add(cell.read(record, 0, own + row * cell.width), 1))
    },
    addRow: row => values.add(row.cells[feature.column] ?? null, 1),
    finish: (_q, because) => {
      const result = valuesResult(feature, values, because)
      values.clear()
      return result
    },
  }
}

function valuesResult(
  feature: PlannedWindow,
  values: ReturnType<typeof countValues>,
  because: (reason: UndefinedReason) => void,
): Value {
  switch (feature.op) {
    case 'mode':
      return values
        .sorted()
        .reduce<{ value: Value; count: number }>((best, each) => (each.count > best.count ? each : best), {
          value: null,
          count: 0,
        }).value
    case 'histogram':
      if (values.size > feature.limit) {
        because('limit')
        return null
      }
      return new Map(values.sorted().map(({ value, count }) => [String(value), BigInt(count)]))
    case 'quantile':
    case 'approx_quantile':
      return quantile(feature, values.sorted())
    default:
      return BigInt(values.size)
  }
}

/** The two values around h = (n − 1)p, and the point between them. */
function quantile(
  { p, columnType }: PlannedWindow,
  sorted: readonly { readonly value: Value; readonly count: number }[],
): Value {
  const n = sorted.reduce((sum, { count }) => sum + count, 0)
  if (n === 0) return null
  const h = (n - 1) * p
  const at = (index: number): Value => {
    let before = 0
    for (const { value, count } of sorted) {
      before += count
      if (index < before) return value
    }
    return null
  }
  const between = {
    op: 'quantile',
    p: h - Math.floor(h),
    kind: 'window',
    name: '',
    window: '',
    hop: '',
  } as const
  return reducer({ ...between, type: 'float64' }, columnType)([at(Math.floor(h)), at(Math.ceil(h))]).value
}
