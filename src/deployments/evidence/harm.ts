import { type ContractData, type ContractMetric, contractMetrics } from '../../definitions/index.ts'
import {
  type CellHistory,
  type CodedColumn,
  type ContractCell,
  codeNumbers,
  denominatorOf,
  type JudgedRows,
  type ResolvedSlice,
  rowsOver,
} from '../../evaluation/index.ts'
import {
  holm,
  isDefined,
  type Quantity,
  sequentialNormal,
  undefinedBecause,
} from '../../kernel/statistics/index.ts'
import { harmSample, type MeanSample, type SampleRequest } from './harm-sample.ts'
import type { HarmCell } from './model.ts'
import type { TableView } from './row-table.ts'
import { type Costs, rowValues } from './row-values.ts'

export interface HarmRequest extends TableView {
  /** Cells of the stage's contracts, as they were judged: their margins and how firmly they are meant. */
  readonly judged: readonly ContractCell[]
  readonly contracts: readonly ContractData[]
  readonly cells: readonly ResolvedSlice[]
  readonly costs: Costs
  /** Both scored the same rows, or each answered its own. */
  readonly isPaired: boolean
  readonly history: readonly CellHistory[] | null
  /** Cells of the last look of the same step. */
  readonly before: readonly HarmCell[]
}

/** What labels there are is not like those that are missing: nothing is said from them. */
const misleading: ReadonlySet<string> = new Set(['labels-unobservable', 'labels-immature'])

/** τ where the margin is 0 and no harm is declared that should be found. */
const defaultDetect = 0.005

/**
 * The test of harm that may be looked at any time, on every comparison of the stage (releases.md §10): the normal mixture on
 * the mean harm with variance and design effect fixed before the first look, its p the least of all looks so far, adjusted by
 * Holm over the protected cells. Neither is ever taken smaller than what the rows show now: entities repeat more the longer a
 * stage runs. `within` is harmed on either side.
 */
export function harmCells(request: HarmRequest): readonly HarmCell[] {
  const compared = request.judged.filter(
    ({ form }) => form !== 'atMost' && form !== 'atLeast' && form !== 'fair',
  )
  const read = compared.map(cell => readHarm(cell, request))
  const family = read.filter(({ status, p }) => status === 'protected' && isDefined(p))
  const adjusted = holm(family.map(({ p }) => Number(p)))
  return read.map(({ alpha, ...cell }) => {
    const place = family.findIndex(each => isSame(each, cell))
    const pHolm = cell.status === 'protected' && place >= 0 ? (adjusted[place] ?? 1) : null
    const against = pHolm ?? cell.p
    return { ...cell, pHolm, harmed: isDefined(against) && against <= alpha }
  })
}

type ReadHarm = Omit<HarmCell, 'pHolm' | 'harmed'> & { readonly alpha: number }

function isSame(one: Pick<HarmCell, 'contract' | 'slice' | 'metric'>, other: typeof one): boolean {
  return one.contract === other.contract && one.slice === other.slice && one.metric === other.metric
}

function readHarm(cell: ContractCell, request: HarmRequest): ReadHarm {
  const contract = request.contracts.find(each => each.name === cell.contract)
  const before = request.before.find(each => isSame(each, cell))
  const { contract: name, slice, metric, status } = cell
  const margin = cell.form === 'better' ? 0 : cell.margin
  const alpha = contract?.alpha ?? 0.05
  const shared = { contract: name, slice, metric, status, margin, alpha }
  const sample = sampleOf(cell, { contract, request, before })
  if ('undefined' in sample || margin === null)
    return {
      ...shared,
      ...unread('undefined' in sample ? sample.undefined : 'no-margin', before?.p),
      n: 'undefined' in sample ? 0 : sample.n,
      frozen: before?.frozen ?? null,
    }
  const sides = cell.form === 'within' ? 2 : 1
  const [look] = sequentialNormal(
    [
      {
        estimate: sides === 2 ? Math.abs(sample.estimate) : sample.estimate,
        variance: sample.variance,
        events: sample.events,
      },
    ],
    { tau: tauOf(cell, contract), margin, alpha: alpha / sides },
  )
  const earlier = before !== undefined && isDefined(before.p) ? before.p : 1
  const isLook = sample.frozen !== null && look !== undefined
  return {
    ...shared,
    n: sample.n,
    estimate: sample.estimate,
    interval: isLook ? intervalAround(sample.estimate, look) : null,
    logLambda: isLook ? look.logLambda : undefinedBecause('not-frozen-yet'),
    p: isLook ? Math.min(earlier, 1, sides * look.pHarm) : undefinedBecause('not-frozen-yet'),
    frozen: sample.frozen,
  }
}

/** τ is the margin, or what should be found where it is 0. */
function tauOf({ form, margin }: ContractCell, contract: ContractData | undefined): number {
  const declared = form === 'better' ? margin : (contract?.assume?.harm ?? null)
  if (form !== 'better' && margin !== null && margin > 0) return margin
  return declared !== null && declared > 0 ? declared : defaultDetect
}

function unread(reason: string, earlier: Quantity | undefined) {
  const none = undefinedBecause(reason)
  return { estimate: none, interval: null, logLambda: none, p: earlier ?? none }
}

/** The bounds are those of a distance where either side is harm; they are as far from the estimate itself. */
function intervalAround(
  estimate: number,
  { lower, upper }: { readonly lower: Quantity; readonly upper: Quantity },
): HarmCell['interval'] {
  if (!isDefined(lower) || !isDefined(upper)) return null
  const reach = (upper - lower) / 2
  return { lower: estimate - reach, upper: estimate + reach }
}

function sampleOf(
  cell: ContractCell,
  of: {
    readonly contract: ContractData | undefined
    readonly request: HarmRequest
    readonly before: HarmCell | undefined
  },
): MeanSample | { readonly undefined: string } {
  const { contract, request, before } = of
  if (contract === undefined) return undefinedBecause('no-contract')
  if (cell.reason !== null && misleading.has(cell.reason)) return undefinedBecause(cell.reason)
  const metric = cell.metric as ContractMetric
  const { rows, champion, challenger, costs, isPaired, arms, history } = request
  const slice = request.cells.find(each => each.name === cell.slice)
  const [old, own] = [champion, challenger].map(outputs => rowValues(metric, { rows, outputs, costs }))
  if (slice === undefined || old === undefined || own === undefined) return undefinedBecause('no-rows')
  if (typeof old !== 'function') return old
  if (typeof own !== 'function') return own
  const past = history?.find(each => each.name === cell.slice)
  const shared: Omit<SampleRequest, 'isPaired'> = {
    members: rowsOver(rows, slice.rows, { over: denominatorOf(metric) }),
    entities: entitiesOf(rows, contract.cluster),
    arms,
    old,
    own,
    sign: contractMetrics[metric].better === 'higher' ? -1 : 1,
    isShare: metric === 'action_rate' || metric === 'fpr' || metric === 'recall',
    frozen: before?.frozen ?? pastVariance(metric, past, isPaired),
  }
  return harmSample({ ...shared, isPaired })
}

/** What former releases say: the share of pairs that differ, or the variance of the champion's rate. */
function pastVariance(
  metric: ContractMetric,
  past: CellHistory | undefined,
  isPaired: boolean,
): HarmCell['frozen'] {
  if (past === undefined || (metric !== 'action_rate' && metric !== 'fpr' && metric !== 'recall')) return null
  const rate = past.rates[metric]
  const variance = isPaired ? past.disagreement[metric] : rate === undefined ? undefined : rate * (1 - rate)
  return variance === undefined || !(variance > 0) ? null : { variance, deff: past.deff }
}

function entitiesOf({ entities, columns }: JudgedRows, cluster: string | undefined): CodedColumn | undefined {
  const column = cluster === undefined ? entities : columns[cluster]
  return column instanceof Float64Array ? codeNumbers(column) : column
}
