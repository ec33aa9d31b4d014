import type { Clause, Condition, Field, OrderTerm, Test } from '../../src/experiments/index.ts'

export interface NaiveMetric {
  readonly latest: number
  readonly first: number
  readonly min: number | null
  readonly max: number | null
}

/** A run as a plain object; times in microseconds. */
export interface NaiveRun {
  readonly ref: number
  readonly id: string
  readonly experiment: number
  readonly deleted: boolean
  readonly name: string
  readonly user: string
  readonly status: string
  readonly startedAt: bigint | null
  readonly endedAt: bigint | null
  readonly params: ReadonlyMap<string, string>
  readonly tags: ReadonlyMap<string, string>
  readonly metrics: ReadonlyMap<string, NaiveMetric>
  readonly datasets: readonly {
    readonly name: string
    readonly digest: string
    readonly context: string | null
  }[]
}

type Value = string | number | bigint

/** Runs that pass, in order: a list, a test of each, and a sort. */
export function naiveSearch(
  runs: readonly NaiveRun[],
  condition: Condition | undefined,
  order: readonly OrderTerm[],
): readonly NaiveRun[] {
  return runs
    .filter(run => condition === undefined || holds(run, condition))
    .sort((one, other) => {
      for (const term of order) {
        const difference = compareBy(term, one, other)
        if (difference !== 0) return difference
      }
      return 0
    })
}

function holds(run: NaiveRun, condition: Condition): boolean {
  switch (condition.kind) {
    case 'not':
      return !holds(run, condition.part)
    case 'and':
      return condition.parts.every(part => holds(run, part))
    case 'or':
      return condition.parts.some(part => holds(run, part))
    case 'clause':
      return holdsClause(run, condition)
  }
}

function holdsClause(run: NaiveRun, { field, test, whenAbsent }: Clause): boolean {
  const values = valuesOf(run, field)
  return values.length === 0 ? whenAbsent : values.some(value => passes(value, test, field))
}

function valuesOf(run: NaiveRun, field: Field): readonly Value[] {
  if (field.kind === 'dataset')
    return run.datasets
      .map(each => (field.name === 'hash' ? null : each[field.name]))
      .filter(each => each !== null)
  const value = fieldOf(run, field)
  return value === null ? [] : [value]
}

function fieldOf(run: NaiveRun, field: Field): Value | null {
  if (field.kind === 'metric') return run.metrics.get(field.key)?.[field.of] ?? null
  if (field.kind === 'param') return run.params.get(field.key) ?? null
  if (field.kind === 'tag') return run.tags.get(field.key) ?? null
  if (field.kind !== 'attribute') return null
  const { startedAt, endedAt } = run
  const attributes: Readonly<Record<string, Value | null>> = {
    run_id: run.id,
    run_name: run.name,
    user_id: run.user,
    status: run.status,
    artifact_uri: `mlflow-artifacts:/${run.experiment}/${run.id}/artifacts`,
    start_time: startedAt,
    end_time: endedAt,
    duration: startedAt === null || endedAt === null ? null : endedAt - startedAt,
  }
  return attributes[field.name] ?? null
}

function passes(value: Value, test: Test, field: Field): boolean {
  switch (test.kind) {
    case 'present':
      return true
    case 'in':
      return test.values.includes(String(value)) !== test.negated
    case 'like':
      return like(String(value), test.pattern, test.ignoreCase)
    case 'regex':
      return new RegExp(test.pattern).test(String(value))
    case 'instant':
      return compares(test.op, value === test.value ? 0 : (value as bigint) < test.value ? -1 : 1)
    case 'compare': {
      if (typeof test.value === 'string') return (value === test.value) === (test.op === '=')
      const number = asNumber(value, field)
      if (number === undefined) return false
      if (Number.isNaN(number)) return test.op === '!='
      return compares(
        test.op,
        number - test.value || (number === test.value ? 0 : number < test.value ? -1 : 1),
      )
    }
  }
}

function asNumber(value: Value, field: Field): number | undefined {
  if (typeof value === 'bigint')
    return Number(field.kind === 'attribute' && field.type === 'millis' ? value / 1000n : value)
  if (typeof value === 'number') return value
  return /^\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)(e[-+]?[0-9]+)?\s*$/i.test(value) ? Number(value) : undefined
}

function compares(op: string, difference: number): boolean {
  if (op === '=') return difference === 0
  if (op === '!=') return difference !== 0
  if (op === '<') return difference < 0
  if (op === '<=') return difference <= 0
  return op === '>' ? difference > 0 : difference >= 0
}

function like(text: string, pattern: string, ignoreCase: boolean): boolean {
  const lower = (character: string) => (character === 'İ' ? 'i' : character.toLowerCase())
  const fold = (from: string) => (ignoreCase ? [...from].map(lower).join('') : from)
  const inner = [...fold(pattern)].map(each =>
    each === '%' ? '.*' : each === '_' ? '.' : each.replace(/[\\^$.*+?()[\]{}|/]/u, '\\$&'),
  )
  return new RegExp(`^${inner.join('')}$`, 'su').test(fold(text))
}

function compareBy({ field, descending }: OrderTerm, one: NaiveRun, other: NaiveRun): number {
  const [left, right] = [fieldOf(one, field), fieldOf(other, field)]
  if (rank(left) !== rank(right)) return rank(left) - rank(right)
  if (left === null || right === null || rank(left) === 1) return 0
  const difference = compareValues(left, right)
  return descending ? -difference : difference
}

const rank = (value: Value | null) => (value === null ? 2 : Number.isNaN(value) ? 1 : 0)

function compareValues(one: Value, other: Value): number {
  if (typeof one === 'string' && typeof other === 'string') return byCodePoint([...one], [...other])
  // The two zeros are equal numbers, and told apart in an order, as their bits are.
  if (one === 0 && other === 0) return (Object.is(one, -0) ? 0 : 1) - (Object.is(other, -0) ? 0 : 1)
  return one < other ? -1 : one > other ? 1 : 0
}

function byCodePoint(one: readonly string[], other: readonly string[]): number {
  const point = (text: string) => text.codePointAt(0) ?? 0
  for (let at = 0; at < Math.min(one.length, other.length); at++) {
    const difference = point(one[at] ?? '') - point(other[at] ?? '')
    if (difference !== 0) return difference
  }
  return one.length - other.length
}
