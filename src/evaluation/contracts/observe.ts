import type { ContractMetric } from '../../definitions/index.ts'
import { contentHash, type Json } from '../../kernel/canonical.ts'
import { type Quantity, undefinedBecause } from '../../kernel/statistics/index.ts'
import type { ModelOutputs } from '../rows.ts'
import { type Denominator, denominatorOf, emptyReasons, flawOf, rowsAtLook, rowsOver } from './cell-rows.ts'
import { type CellTest, harmSign } from './cell-tests.ts'
import { countPairs, countRate } from './count-outcomes.ts'
import { observeGroups } from './observe-groups.ts'
import { isRequestMetric, observeRequests } from './observe-requests.ts'
import { type Observed, type Place, unmeasured } from './observed.ts'
import { type ContractsRequest, errorsOf } from './request.ts'
import { type EntityMetric, metricRows } from './resampling/metric-rows.ts'
import { entityMetric, plainValue, resampleHarm, resampleMetric } from './resampling/resample.ts'
import { unitsOf } from './units.ts'

const pairedRates: ReadonlySet<string> = new Set(['action_rate', 'fpr', 'recall'])

/** Measures one test on one cell: by counts where outcomes are shares of rows, else by the bootstrap over entities. */
export function observe(test: CellTest, place: Place): Observed {
  const { request, contract, cell } = place
  if (test.kind !== 'fair' && isRequestMetric(test.metric)) return observeRequests(test, test.metric, place)
  const { challenger, champion } = request
  if (test.kind === 'difference' && champion === null) return unmeasured('no-champion')
  const flaw = flawOf(test.metric, {
    rows: request.rows,
    members: cell.members,
    labels: cell.labels,
    outputs: test.kind === 'difference' && champion ? [challenger, champion] : [challenger],
    maturity: contract.maturity ?? 0.9,
  })
  if (flaw !== undefined) return unmeasured(flaw)
  if (test.kind === 'fair') return observeGroups(test, place)
  const counted = request.rows.weights === undefined
  if (test.kind === 'absolute')
    return counted && (pairedRates.has(test.metric) || test.metric === 'precision')
      ? observeRate(test.metric, place)
      : observeMetric(test.metric, place)
  if (champion === null) return unmeasured('no-champion')
  return counted && pairedRates.has(test.metric)
    ? observePairs(test.metric, champion, place)
    : observeHarm(test.metric, champion, place)
}

function key(metric: string, { contract, cell, planned = 0 }: Place): string {
  return `${metric}|${contract.cluster ?? ''}|${cell.slice.name}|${planned * looksOf(contract)}`
}

/** Rows of a denominator that this look is at. */
export function countedRows(
  { request, contract, cell, planned }: Place,
  over: { readonly over: Denominator; readonly actions?: Uint8Array },
): Int32Array {
  return rowsAtLook(rowsOver(request.rows, cell.members, over), planned, looksOf(contract))
}

function looksOf(contract: Place['contract']): number {
  return errorsOf(contract).looks
}

/** Outcomes of both models on the same rows. */
function observePairs(metric: ContractMetric, champion: ModelOutputs, place: Place): Observed {
  const { request, entities } = place
  const over = denominatorOf(metric)
  const pairs = place.remember(`pairs|${key(metric, place)}`, () =>
    countPairs(
      countedRows(place, { over }),
      { challenger: actionsOf(request.challenger), champion: actionsOf(champion) },
      entities,
    ),
  )
  const { n, b, c, deff } = pairs
  if (n === 0) return unmeasured(emptyReasons[over])
  return {
    measurement: { kind: 'paired', n, b, c, deff },
    champion: pairs.championActs / n,
    challenger: pairs.challengerActs / n,
    n,
    disagreement: (b + c) / n,
    deff,
    weighed: null,
    remark: null,
  }
}

export function actionsOf({ actions }: ModelOutputs): Uint8Array {
  return actions ?? new Uint8Array(0)
}

/** A share of rows of the challenger alone. */
function observeRate(metric: ContractMetric, place: Place): Observed {
  const { request, entities } = place
  const { rows, challenger } = request
  const over = metric === 'precision' ? 'acted' : denominatorOf(metric)
  const actions = actionsOf(challenger)
  const { x, n, deff } = place.remember(`rate|${key(metric, place)}`, () =>
    countRate(
      countedRows(place, { over, actions }),
      metric === 'precision' ? rows.labels : actions,
      entities,
    ),
  )
  const champion = championBeside(metric, place)
  if (n === 0) return unmeasured(emptyReasons[over], { champion })
  return {
    measurement: { kind: 'rate', x, n, deff },
    champion,
    challenger: x / n,
    n,
    disagreement: null,
    deff,
    weighed: null,
    remark: null,
  }
}

/** The champion's value, shown beside a claim about the challenger alone. */
function championBeside(metric: ContractMetric, { request, cell }: Place): Quantity {
  return request.champion
    ? valueOn(request, request.champion, { metric, members: cell.members })
    : undefinedBecause('no-champion')
}

/** A metric of one model over the rows of a cell; undefined with the reason where the rows cannot give it. */
export function valueOn(
  request: Pick<ContractsRequest, 'rows' | 'costs'>,
  outputs: ModelOutputs,
  { metric, members }: { readonly metric: ContractMetric; readonly members: Int32Array },
): Quantity {
  const { rows } = request
  const over = denominatorOf(metric)
  const counted = rowsOver(rows, members, { over })
  const needed = { rows, members: counted, labels: allMatured(counted), outputs: [outputs], maturity: 0 }
  const flaw = counted.length === 0 ? emptyReasons[over] : flawOf(metric, needed)
  if (flaw !== undefined) return undefinedBecause(flaw)
  if (rows.weights === undefined && pairedRates.has(metric)) {
    const { x, n } = countRate(counted, actionsOf(outputs), undefined)
    return x / n
  }
  const units = unitsOf(counted, undefined)
  return plainValue(metricOver({ request, outputs, metric, rows: counted, units }), units.count)
}

function allMatured(rows: Int32Array): { matured: number; immature: number; unobservable: number } {
  return { matured: rows.length, immature: 0, unobservable: 0 }
}

interface MetricOver {
  readonly request: Pick<ContractsRequest, 'rows' | 'costs'>
  readonly outputs: ModelOutputs
  readonly metric: ContractMetric
  readonly rows: Int32Array
  readonly units: ReturnType<typeof unitsOf>
}

export function metricOver({ request, outputs, metric, rows, units }: MetricOver): EntityMetric {
  const costs = request.costs ?? { falsePositive: 0, falseNegative: 0 }
  return entityMetric(metricRows(request.rows, outputs, { rows, units, costs }), metric)
}

/** Any other metric of the challenger alone. */
function observeMetric(metric: ContractMetric, place: Place): Observed {
  const { rows, units } = resampledRows(metric, place)
  const { request, alpha } = place
  const champion = championBeside(metric, place)
  if (rows.length === 0) return unmeasured(emptyReasons[denominatorOf(metric)], { champion })
  const own = metricOver({ request, outputs: request.challenger, metric, rows, units })
  const challenger = plainValue(own, units.count)
  const result = resampleMetric(own, { seed: seedOf(place), clusters: units.count, alpha })
  return resampled(result, { champion, challenger, ...countsOf(rows, units, request) })
}

/** The difference of any other metric. */
function observeHarm(metric: ContractMetric, champion: ModelOutputs, place: Place): Observed {
  const { rows, units } = resampledRows(metric, place)
  const { request } = place
  if (rows.length === 0) return unmeasured(emptyReasons[denominatorOf(metric)])
  const over = (outputs: ModelOutputs) => metricOver({ request, outputs, metric, rows, units })
  const models = { challenger: over(request.challenger), champion: over(champion) }
  const result = resampleHarm(
    { ...models, sign: harmSign(metric) },
    { seed: seedOf(place), clusters: units.count, alpha: place.alpha },
  )
  return resampled(result, {
    champion: plainValue(models.champion, units.count),
    challenger: plainValue(models.challenger, units.count),
    ...countsOf(rows, units, request),
    ...(pairedRates.has(metric) ? { disagreement: disagreementOver(rows, request, champion) } : {}),
  })
}

function resampledRows(metric: ContractMetric, place: Place): Pick<MetricOver, 'rows' | 'units'> {
  const rows = countedRows(place, { over: denominatorOf(metric) })
  return { rows, units: unitsOf(rows, place.entities) }
}

type Counts = Pick<Observed, 'n' | 'deff' | 'weighed' | 'disagreement'>

function countsOf(
  rows: Int32Array,
  { count }: MetricOver['units'],
  { rows: { weights } }: ContractsRequest,
): Counts {
  return {
    n: rows.length,
    deff: rows.length / count,
    weighed: weights ? kishSize(rows, weights) : null,
    disagreement: null,
  }
}

/** Weighted share of rows on which the models act differently. */
function disagreementOver(
  rows: Int32Array,
  { rows: { weights }, challenger }: ContractsRequest,
  champion: ModelOutputs,
): number {
  let [differ, total] = [0, 0]
  for (const row of rows) {
    const weight = weights?.[row] ?? 1
    total += weight
    if (challenger.actions?.[row] !== champion.actions?.[row]) differ += weight
  }
  return total > 0 ? differ / total : 0
}

/** (Σw)²/Σw² (Kish 1965). */
function kishSize(rows: Int32Array, weights: Float64Array): number {
  let [sum, squares] = [0, 0]
  for (const row of rows) {
    sum += weights[row] as number
    squares += (weights[row] as number) ** 2
  }
  return squares > 0 ? sum ** 2 / squares : 0
}

export function resampled(
  result: ReturnType<typeof resampleMetric>,
  values: Pick<Observed, 'champion' | 'challenger'> & Counts,
): Observed {
  if ('undefined' in result) return unmeasured(result.undefined, values)
  const { n, weighed } = values
  if (weighed === null) return { ...values, measurement: { kind: 'bootstrap', result, n }, remark: null }
  const { estimate, standardError } = result
  const read = { estimate, effective: weighed, rows: n, rowVariance: n * standardError ** 2 }
  const cell = { ...read, bounds: result.bounds, p: result.p }
  return { ...values, measurement: { kind: 'measured', cell }, remark: null }
}

/** Of rows, contract and cell, so that nobody can draw again until it passes. */
export function seedOf({ request, contract, cell }: Place): string {
  const hash = contentHash(contract as unknown as Json)
  return `fettle-bootstrap/1|${request.rows.hash}|${hash}|${cell.slice.name}`
}
