import type { SliceData } from '../../definitions/index.ts'
import { isDefined } from '../../kernel/statistics/index.ts'
import type { JudgedRows, ModelOutputs, ResolvedSlice } from '../rows.ts'
import { resolveSlices } from '../slices/resolve.ts'
import { type Denominator, denominatorOf, emptyReasons, rowsOver } from './cell-rows.ts'
import { countPairs } from './count-outcomes.ts'
import { valueOn } from './observe.ts'

/** Shares of rows of which pairs are counted. */
export type PairedRate = 'action_rate' | 'fpr' | 'recall'
const pairedRates: readonly PairedRate[] = ['action_rate', 'fpr', 'recall']

/** What the champion's past says of one cell of the slice set: plain data, to be kept between releases. */
export interface CellHistory {
  readonly name: string
  /** Name of the declared slice. */
  readonly slice: string
  /** Days that the rows span; null where their times are unknown. */
  readonly days: number | null
  /** Rows that judge, by what a metric may be over; without a model nobody knows who would be acted on. */
  readonly counts: Readonly<Partial<Record<Denominator, number>>>
  /** The champion's values. */
  readonly rates: Partial<Readonly<Record<PairedRate | 'precision', number>>>
  /** Shares of rows on which the last pairs of releases acted differently: the largest. */
  readonly disagreement: Partial<Readonly<Record<PairedRate, number>>>
  /** Design effect of those differences: the largest. */
  readonly deff: number
}

export interface HistoryRequest {
  readonly rows: JudgedRows
  /** Null before there is a model: then only rows are counted. */
  readonly champion: ModelOutputs | null
  /** The release it was last compared with; absent: disagreement is assumed. */
  readonly challenger?: ModelOutputs
  readonly judge: Int32Array
  readonly slices: readonly SliceData[]
}

const microsPerDay = 86_400e6

/** What a past judgement says of the rows, rates and disagreement to expect in each cell. */
export function historyOf(request: HistoryRequest): readonly CellHistory[] {
  const { rows, judge, slices } = request
  const judges = new Uint8Array(rows.rows)
  for (const row of judge) judges[row] = 1
  const days = daysOf(rows)
  return resolveSlices(rows, slices).map(slice => cellHistory(request, { slice, judges, days }))
}

/** The newest history with the largest disagreement and design effect of all: at most the last three pairs are given. */
export function mergeHistories(newestFirst: readonly (readonly CellHistory[])[]): readonly CellHistory[] {
  const [newest = [], ...older] = newestFirst
  return newest.map(cell => {
    const same = [cell, ...older.flatMap(history => history.filter(each => each.name === cell.name))]
    const largest = (rate: PairedRate): readonly [PairedRate, number][] => {
      const known = same.flatMap(each => each.disagreement[rate] ?? [])
      return known.length > 0 ? [[rate, Math.max(...known)]] : []
    }
    return {
      ...cell,
      disagreement: Object.fromEntries(pairedRates.flatMap(largest)),
      deff: Math.max(...same.map(each => each.deff)),
    }
  })
}

function daysOf({ times }: JudgedRows): number | null {
  let [first, last] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const time of times ?? []) {
    if (time < first) first = time
    if (time > last) last = time
  }
  return last >= first ? Math.max(1, (last - first) / microsPerDay) : null
}

function cellHistory(
  { rows, champion, challenger }: HistoryRequest,
  of: { readonly slice: ResolvedSlice; readonly judges: Uint8Array; readonly days: number | null },
): CellHistory {
  const members = of.slice.rows.filter(row => of.judges[row] === 1)
  const actions = champion?.actions
  const over = (denominator: Denominator) =>
    rowsOver(rows, members, { over: denominator, ...(actions ? { actions } : {}) })
  const denominators = (Object.keys(emptyReasons) as Denominator[]).filter(
    each => actions || each !== 'acted',
  )
  const value = (metric: PairedRate | 'precision'): readonly [string, number][] => {
    const found = champion ? valueOn({ rows }, champion, { metric, members }) : null
    return found !== null && isDefined(found) ? [[metric, found]] : []
  }
  const pairs = pairedRates.flatMap(metric => {
    const own = over(denominatorOf(metric))
    if (!challenger?.actions || !actions || own.length === 0) return []
    const pair = countPairs(own, { challenger: challenger.actions, champion: actions }, rows.entities)
    return [{ metric, share: (pair.b + pair.c) / pair.n, deff: pair.deff }]
  })
  return {
    name: of.slice.name,
    slice: of.slice.slice,
    days: of.days,
    counts: Object.fromEntries(denominators.map(each => [each, over(each).length])),
    rates: Object.fromEntries([...pairedRates, 'precision' as const].flatMap(value)),
    disagreement: Object.fromEntries(pairs.map(({ metric, share }) => [metric, share])),
    deff: Math.max(1, ...pairs.map(({ deff }) => deff)),
  }
}
