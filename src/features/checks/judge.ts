import type { CheckData } from '../../definitions/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import { movedShare, newcombeDifference } from '../../kernel/statistics/index.ts'
import { parseDuration } from '../../kernel/time.ts'
import { encodeNative, type Field, type Value, valueOrder } from '../../kernel/values/index.ts'
import { positive } from '../online/predicate.ts'
import { referenceOf } from './bins.ts'
import { columnsOf, listParameter, numberParameter, valueFor } from './columns.ts'
import type { BatchFact, CheckFacts, CheckOutcome, Measure } from './model.ts'

/** What a measure means for a check: its state and the numbers beside it (monitoring.md §1.1). */
export function judge(
  check: CheckData,
  measure: Measure,
  { columns, facts }: { readonly columns: readonly Field[]; readonly facts: CheckFacts },
): CheckOutcome {
  const outcome = judgeMeasure(check, measure, { columns, facts })
  return check.required === true && outcome.state === 'not_evaluated'
    ? { ...outcome, state: 'fail' }
    : outcome
}

interface Judging {
  readonly columns: readonly Field[]
  readonly facts: CheckFacts
}

function judgeMeasure(check: CheckData, measure: Measure, judging: Judging): CheckOutcome {
  switch (measure.kind) {
    case 'error':
      return { state: 'error', code: measure.code }
    case 'unjudged':
      return { state: 'not_evaluated', reason: measure.reason }
    case 'counts':
      return judgeMoved(check, measure.counts)
    case 'holds':
      if (measure.evaluated === 0) return { state: 'not_evaluated', reason: 'no-evaluable-rows' }
      return { state: measure.holds ? 'pass' : 'fail' }
    case 'rows':
      return check.check === 'missing_share_change'
        ? judgeMissing(check, measure, judging.facts)
        : judgeRows(check, measure)
    case 'observed':
      return judgeObserved(check, measure, judging)
  }
}

type RowsMeasure = Extract<Measure, { kind: 'rows' }>

function judgeRows(check: CheckData, { rows, evaluated, unexpected }: RowsMeasure): CheckOutcome {
  // Own SQL returns what is bad and says nothing of the rest.
  if (check.check === 'unexpected_rows') return { state: unexpected === 0 ? 'pass' : 'fail', unexpected }
  if (evaluated === 0)
    return { state: 'not_evaluated', reason: 'no-evaluable-rows', evaluated: 0, unexpected: 0 }
  const mostly = check.mostly ?? 1
  const state = !holdsMostly(unexpected, evaluated, mostly)
    ? 'fail'
    : holdsMostly(unexpected, evaluated, check.warnMostly ?? mostly)
      ? 'pass'
      : 'warn'
  return {
    state,
    evaluated,
    unexpected,
    shareOfEvaluated: unexpected / evaluated,
    shareOfRows: rows === 0 ? 0 : unexpected / rows,
  }
}

const million = 1_000_000

/** u·10⁶ ≤ (10⁶ − 10⁶·mostly)·e, in whole numbers. */
export function holdsMostly(unexpected: number, evaluated: number, mostly: number): boolean {
  const allowed = BigInt(million - Math.round(mostly * million))
  return BigInt(unexpected) * BigInt(million) <= allowed * BigInt(evaluated)
}

function judgeMissing(check: CheckData, { rows, unexpected }: RowsMeasure, facts: CheckFacts): CheckOutcome {
  const reference = facts.missing[check.name]
  if (!reference) return { state: 'not_evaluated', reason: 'no-reference' }
  if (rows < 100 || reference.rows < 100) return { state: 'not_evaluated', reason: 'too-few-rows' }
  const observed = unexpected / rows - reference.missing / reference.rows
  const bounds = newcombeDifference(
    { x: unexpected, n: rows },
    { x: reference.missing, n: reference.rows },
    0.005,
  )
  if ('undefined' in bounds) return { state: 'not_evaluated', reason: bounds.undefined }
  const limit = numberParameter(check, 'limit') ?? 0
  const failed = bounds.lower > limit || bounds.upper < -limit
  const state = failed ? 'fail' : Math.abs(observed) > limit ? 'warn' : 'pass'
  return { state, observed, ...bounds }
}

function judgeMoved(check: CheckData, counts: readonly number[]): CheckOutcome {
  const moved = movedShare(referenceOf(check).counts, counts)
  if ('undefined' in moved) return { state: 'not_evaluated', reason: 'too-few-rows' }
  const limit = numberParameter(check, 'limit') ?? 0
  return { state: moved.lower <= limit ? 'pass' : 'fail', observed: moved.tv, lower: moved.lower }
}

type Observed = Extract<Measure, { kind: 'observed' }>

function judgeObserved(check: CheckData, measure: Observed, judging: Judging): CheckOutcome {
  const [value = null] = measure.values
  if (check.check.startsWith('row_count')) return judgeRowCount(check, Number(value), judging.facts)
  if (measure.evaluated === 0 || value === null)
    return { state: 'not_evaluated', reason: 'no-evaluable-rows' }
  switch (check.check) {
    case 'freshness': {
      const age = judging.facts.now - (value as bigint)
      const limit = parseDuration(String(check.params['maxAge']))
      return { state: age <= limit ? 'pass' : 'fail', observed: Number(age) / 1e6 }
    }
    case 'quantiles_between': {
      const bounds = listParameter(check, 'quantiles') as readonly { min?: number; max?: number }[]
      const holds = measure.values.every((each, index) => within(Number(each), bounds[index] ?? {}))
      return { state: holds ? 'pass' : 'fail', observed: measure.values as readonly number[] }
    }
    case 'min_between':
    case 'max_between':
      return judgeExtreme(check, value, judging.columns)
    default: {
      const holds = within(Number(value), {
        min: numberParameter(check, 'min'),
        max: numberParameter(check, 'max'),
      })
      return { state: holds ? 'pass' : 'fail', observed: Number(value) }
    }
  }
}

function within(
  value: number,
  { min, max }: { min?: number | undefined; max?: number | undefined },
): boolean {
  return (min === undefined || value >= min) && (max === undefined || value <= max)
}

function judgeExtreme(check: CheckData, value: Value, columns: readonly Field[]): CheckOutcome {
  const [column] = columnsOf(check, columns)
  if (!column) throw new TypeError('the check names no column')
  const order = valueOrder(column.type)
  const { min, max } = check.params
  const [low, high] = [min, max].map(bound =>
    bound === undefined ? undefined : positive(valueFor(column, bound)),
  )
  const found = positive(value)
  const holds =
    (low === undefined || order(found, low) >= 0) && (high === undefined || order(found, high) <= 0)
  return {
    state: holds ? 'pass' : 'fail',
    observed: JSON.parse(encodeNative(column.type, value)) as Json,
  }
}

function judgeRowCount(check: CheckData, rows: number, facts: CheckFacts): CheckOutcome {
  if (check.check === 'row_count') {
    const holds = within(rows, { min: numberParameter(check, 'min'), max: numberParameter(check, 'max') })
    return { state: holds ? 'pass' : 'fail', observed: rows }
  }
  if (check.check === 'row_count_equals') {
    const other = numberParameter(check, 'otherRows')
    if (other === undefined) return { state: 'not_evaluated', reason: 'no-reference' }
    const tolerance = Math.round((numberParameter(check, 'tolerance') ?? 0) * million)
    const holds = BigInt(Math.abs(rows - other)) * BigInt(million) <= BigInt(tolerance) * BigInt(other)
    return { state: holds ? 'pass' : 'fail', observed: rows }
  }
  const usual = usualRows(facts, numberParameter(check, 'k') ?? 4)
  if (usual === undefined) return { state: 'not_evaluated', reason: 'too-little-history' }
  const change = (rows - usual) / usual
  const holds = within(change, { min: numberParameter(check, 'min'), max: numberParameter(check, 'max') })
  return { state: holds ? 'pass' : 'fail', observed: change }
}

/** Median of the last `k` batches of today's weekday; undefined for fewer than two or a median of 0. */
function usualRows({ now, history }: CheckFacts, k: number): number | undefined {
  const today = new Date(Number(now / 1000n))
  const day = today.toISOString().slice(0, 10)
  const weekday = ({ date }: BatchFact): boolean => new Date(date).getUTCDay() === today.getUTCDay()
  const rows = history
    .filter(each => each.date < day && weekday(each))
    .slice(-k)
    .map(each => each.rows)
    .sort((a, b) => a - b)
  const middle = Math.floor(rows.length / 2)
  const median =
    rows.length % 2 === 1 ? (rows[middle] ?? 0) : ((rows[middle - 1] ?? 0) + (rows[middle] ?? 0)) / 2
  return rows.length < 2 || median === 0 ? undefined : median
}
