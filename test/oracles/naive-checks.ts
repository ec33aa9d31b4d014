import type { CheckData } from '../../src/definitions/index.ts'
import { countVerdicts, type Measure, rowTest } from '../../src/features/index.ts'
import { parseDuration } from '../../src/kernel/time.ts'
import { type Rows, type Value, valueOrder } from '../../src/kernel/values/index.ts'

/** What the check sees of a table: the values of its columns in the rows of its condition, −0 as 0, missing as null. */
function seen(check: CheckData, { fields, rows }: Rows, names: readonly string[]): Value[][] {
  const where = check.where
  const at = names.map(name => fields.findIndex(field => field.name === name))
  const condition = fields.findIndex(field => field.name === where?.column)
  return rows
    .filter(row => where === undefined || row[condition] === BigInt(Number(where.value)))
    .map(row =>
      at.map(index => {
        const value = row[index] ?? null
        if (value === 0) return 0
        return Number.isNaN(value) || (check.missingValues ?? []).some(each => each === value) ? null : value
      }),
    )
}

const present = (rows: readonly (readonly Value[])[]): Value[] =>
  rows.flatMap(([value = null]) => (value === null ? [] : [value]))

function key(values: readonly Value[]): string {
  return values
    .map(each => (each instanceof Uint8Array ? Buffer.from(each).toString('hex') : String(each)))
    .join('|')
}

function counts(keys: readonly string[]): Map<string, number> {
  const found = new Map<string, number>()
  for (const each of keys) found.set(each, (found.get(each) ?? 0) + 1)
  return found
}

/** Measures a check by reading its sentence in the specification, one row after the other. */
export function naiveMeasure(check: CheckData, table: Rows): Measure {
  const rows = seen(check, table, check.columns)
  const field = table.fields.find(each => each.name === check.columns[0])
  const scale = Number(/decimal\(\d+,(\d+)\)/.exec(field?.type ?? '')?.[1] ?? 0)
  const values = present(rows)
  const numbers = values.map(value => Number(value) / 10 ** scale)
  const observed = (...found: Value[]): Measure => ({
    kind: 'observed',
    rows: rows.length,
    evaluated: values.length,
    values: found,
  })
  const judged = (keys: readonly string[], bad: (key: string) => boolean): Measure => ({
    kind: 'rows',
    rows: rows.length,
    evaluated: keys.length,
    unexpected: keys.filter(bad).length,
  })
  const wanted = ((check.params['values'] ?? []) as readonly unknown[]).map(each =>
    key([scaled(each, field?.type ?? '')]),
  )
  const order = valueOrder(field?.type ?? 'string')
  switch (check.check) {
    case 'row_count':
      return { kind: 'observed', rows: rows.length, evaluated: rows.length, values: [BigInt(rows.length)] }
    case 'freshness':
    case 'max_between':
      return observed(values.toSorted(order).at(-1) ?? null)
    case 'min_between':
      return observed(values.toSorted(order)[0] ?? null)
    case 'sum_between':
    case 'mean_between': {
      const sum = numbers
        .toSorted((a, b) => Math.abs(a) - Math.abs(b))
        .reduce((total, each) => total + each, 0)
      if (Number.isNaN(sum)) return { kind: 'unjudged', reason: 'not-a-number' }
      return observed(check.check === 'sum_between' ? sum : sum / numbers.length)
    }
    case 'stddev_between': {
      if (numbers.length === 1) return { kind: 'unjudged', reason: 'too-few-rows' }
      if (numbers.some(each => !Number.isFinite(each))) return { kind: 'unjudged', reason: 'not-finite' }
      return observed(numbers.length === 0 ? null : deviation(numbers))
    }
    case 'quantiles_between': {
      const quantiles = check.params['quantiles'] as readonly { q: number }[]
      const found = quantiles.map(({ q }) => (numbers.length === 0 ? null : quantile(numbers, q)))
      if (found.some(each => Number.isNaN(each))) return { kind: 'unjudged', reason: 'not-a-number' }
      return observed(...found)
    }
    case 'zscore_below':
      if (check.params['center'] === undefined) return zscores(check, numbers, rows.length)
      break
    case 'unique': {
      const keys = values.map(value => key([value]))
      const found = counts(keys)
      return judged(keys, each => (found.get(each) ?? 0) > 1)
    }
    case 'unique_together': {
      const policy = check.params['missing'] ?? 'any'
      const left = (row: readonly Value[]): boolean =>
        policy === 'any' ? row.includes(null) : policy === 'all' && row.every(each => each === null)
      const keys = rows.filter(row => !left(row)).map(key)
      const found = counts(keys)
      return judged(keys, each => (found.get(each) ?? 0) > 1)
    }
    case 'distinct_count':
      return observed(BigInt(counts(values.map(each => key([each]))).size))
    case 'distinct_share':
      return observed(counts(values.map(each => key([each]))).size / values.length)
    case 'distinct_set': {
      const found = new Set(values.map(each => key([each])))
      const within = [...found].every(each => wanted.includes(each))
      const contains = wanted.every(each => found.has(each))
      const { relation } = check.params
      const holds = relation === 'within' ? within : relation === 'contains' ? contains : within && contains
      return { kind: 'holds', evaluated: values.length, holds }
    }
    case 'mode_in_set': {
      const found = counts(values.map(each => key([each])))
      const top = Math.max(...found.values())
      const holds = [...found].some(([each, n]) => n === top && wanted.includes(each))
      return { kind: 'holds', evaluated: values.length, holds }
    }
    case 'no_gaps': {
      const times = [...new Set(values as bigint[])].sort((a, b) => (a < b ? -1 : 1))
      if (times.length < 2) return { kind: 'unjudged', reason: 'too-few-rows' }
      const limit = parseDuration(String(check.params['maxGap']))
      const steps = times.slice(1).map((time, index) => time - (times[index] ?? 0n))
      return {
        kind: 'rows',
        rows: rows.length,
        evaluated: steps.length,
        unexpected: steps.filter(each => each > limit).length,
      }
    }
    case 'monotonic':
      return monotonic(check, table)
    default:
      break
  }
  return { kind: 'rows', ...countVerdicts(rowTest(check, table.fields), table.rows) }
}

/** A written number of a decimal column as its unscaled integer; a date as its day. */
function scaled(written: unknown, type: string): Value {
  const scale = /decimal\(\d+,(\d+)\)/.exec(type)?.[1]
  if (scale !== undefined) return BigInt(Math.round(Number(written) * 10 ** Number(scale)))
  return type === 'float32' ? Math.fround(Number(written)) : (written as Value)
}

function deviation(numbers: readonly number[]): number {
  const mean = numbers.reduce((sum, each) => sum + each, 0) / numbers.length
  return Math.sqrt(numbers.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (numbers.length - 1))
}

function quantile(numbers: readonly number[], q: number): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const position = (sorted.length - 1) * q
  const [low = 0, high = 0] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]]
  const share = position - Math.floor(position)
  if (low === high || share === 0) return low
  // Between an infinity and a number lies the infinity; between the two infinities lies nothing.
  return Number.isFinite(high - low) ? low + (high - low) * share : low * (1 - share) + high * share
}

function zscores(check: CheckData, numbers: readonly number[], rows: number): Measure {
  const robust = check.params['method'] === 'mad'
  if (numbers.length === 0) return { kind: 'rows', rows, evaluated: 0, unexpected: 0 }
  const finite = numbers.filter(Number.isFinite)
  if (!robust && finite.length < 2) return { kind: 'unjudged', reason: 'too-few-rows' }
  if (finite.length < numbers.length) return { kind: 'unjudged', reason: 'not-finite' }
  const center = robust
    ? quantile(numbers, 0.5)
    : numbers.reduce((sum, each) => sum + each, 0) / numbers.length
  const spread = robust
    ? 1.4826 *
      quantile(
        numbers.map(each => Math.abs(each - center)),
        0.5,
      )
    : deviation(numbers)
  if (spread === 0) return { kind: 'unjudged', reason: 'zero-spread' }
  const below = Number(check.params['below'])
  const unexpected = numbers.filter(each => !(Math.abs(each - center) / spread < below)).length
  return { kind: 'rows', rows, evaluated: numbers.length, unexpected }
}

function monotonic(check: CheckData, table: Rows): Measure {
  const by = String(check.params['by'])
  const all = seen(check, table, [...check.columns, by])
  const pairs = all.filter(([value]) => value !== null)
  if (pairs.some(([, time]) => time === null)) return { kind: 'error', code: 'MISSING_ORDER' }
  const order = valueOrder(table.fields.find(each => each.name === by)?.type ?? 'string')
  const values = valueOrder(table.fields.find(each => each.name === check.columns[0])?.type ?? 'string')
  const sorted = pairs.toSorted(([, a = null], [, b = null]) => order(a, b))
  if (sorted.some(([, time = null], index) => index > 0 && order(time, sorted[index - 1]?.[1] ?? null) === 0))
    return { kind: 'error', code: 'AMBIGUOUS_ORDER' }
  const sign = check.params['direction'] === 'decreasing' ? -1 : 1
  const bad = sorted.slice(1).filter(([value = null], index) => {
    const step = sign * values(value, sorted[index]?.[0] ?? null)
    return check.params['strict'] === true ? step <= 0 : step < 0
  })
  return { kind: 'rows', rows: all.length, evaluated: Math.max(0, sorted.length - 1), unexpected: bad.length }
}
