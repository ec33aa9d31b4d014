import { type RawBuilder, sql } from 'kysely'
import type {
  Clause,
  SearchComparison as Comparison,
  Condition,
  Field,
  Test,
} from '../../../../experiments/index.ts'
import { type DatabaseKind, toSortable } from '../../columns.ts'
import { likeSql } from './search-text.ts'

export type Expression = RawBuilder<unknown>
export type Truth = RawBuilder<boolean>

/** How a value is kept: `double` as toSortable beside a NaN flag, `millis` and `micros` as microseconds. */
export type KeptAs = 'text' | 'integer' | 'millis' | 'micros' | 'double'

/** Where the values of a field are: `has` is true when one of them passes, and false where there is none. */
export interface FieldSource {
  readonly keptAs: KeptAs
  has(passes: (value: Expression, nan: Expression) => Truth): Truth
  /** A query of (ref, value) over all rows, for what is decided in the program. */
  readonly values?: Expression
}

export interface ConditionSources {
  readonly kind: DatabaseKind
  /** Undefined for a key that nobody logged. */
  source(field: Field): FieldSource | undefined
  /** What is decided in the program: the rows that pass, for clauses SQL cannot ask. */
  decided?(clause: Clause): Truth | undefined
}

const yes = sql<boolean>`1 = 1`
const no = sql<boolean>`1 = 0`

/** Two-valued SQL for a condition. */
export function conditionSql(condition: Condition, sources: ConditionSources): Truth {
  if (condition.kind === 'not') return sql<boolean>`not (${conditionSql(condition.part, sources)})`
  if (condition.kind === 'clause') return sources.decided?.(condition) ?? clauseSql(condition, sources)
  if (condition.parts.length === 0) return condition.kind === 'and' ? yes : no
  const parts = condition.parts.map(part => conditionSql(part, sources))
  return sql<boolean>`(${sql.join(parts, condition.kind === 'and' ? sql` and ` : sql` or `)})`
}

function clauseSql(clause: Clause, { kind, source }: ConditionSources): Truth {
  const found = source(clause.field)
  if (found === undefined) return clause.whenAbsent ? yes : no
  const passes = found.has((value, nan) => testSql(clause.test, { kind, keptAs: found.keptAs, value, nan }))
  return clause.whenAbsent ? sql<boolean>`(${passes} or not (${found.has(() => yes)}))` : passes
}

interface TestedValue {
  readonly kind: DatabaseKind
  readonly keptAs: KeptAs
  readonly value: Expression
  readonly nan: Expression
}

function testSql(test: Test, tested: TestedValue): Truth {
  const { value, keptAs, nan } = tested
  switch (test.kind) {
    case 'present':
      return yes
    case 'in':
      if (test.values.length === 0) return test.negated ? yes : no
      return sql<boolean>`${value} ${sql.raw(test.negated ? 'not in' : 'in')} (${sql.join(test.values)})`
    case 'like':
      return likeSql(tested.kind, value, test)
    case 'regex':
      throw new Error('a regular expression is decided in the program')
    case 'instant':
      return bounds(value, test.op, [test.value, test.value])
    case 'compare':
      if (typeof test.value === 'string') return sql<boolean>`${value} ${operator(test.op)} ${test.value}`
      if (keptAs === 'text') throw new Error('a text is compared with a number in the program')
      if (keptAs !== 'double') return integers(value, test.op, { wanted: test.value, keptAs })
      return doubles(value, nan, { op: test.op, wanted: test.value })
  }
}

const operator = (op: Comparison) => sql.raw(op === '!=' ? '<>' : op)

/** Over sortable doubles that are numbers. Zero has two representations, which are equal. */
export function metricTestSql(value: Expression, op: Comparison, wanted: number): Truth {
  return bounds(
    value,
    op,
    wanted === 0 ? [toSortable(-0), toSortable(0)] : [toSortable(wanted), toSortable(wanted)],
  )
}

/** NaN is unequal to everything. */
function doubles(
  value: Expression,
  nan: Expression,
  { op, wanted }: { readonly op: Comparison; readonly wanted: number },
): Truth {
  const compared = metricTestSql(value, op, wanted)
  return op === '!=' ? sql<boolean>`(${nan} = 1 or ${compared})` : sql<boolean>`(${nan} = 0 and ${compared})`
}

const least = -(1n << 63n)
const greatest = (1n << 63n) - 1n

/** A value within [low, high] equals what is asked for. */
function bounds(value: Expression, op: Comparison, [low, high]: readonly [bigint, bigint]): Truth {
  switch (op) {
    case '=':
      return low === high
        ? sql<boolean>`${value} = ${low}`
        : sql<boolean>`${value} between ${low} and ${high}`
    case '!=':
      return sql<boolean>`(${value} < ${low} or ${value} > ${high})`
    case '<':
      return sql<boolean>`${value} < ${low}`
    case '<=':
      return sql<boolean>`${value} <= ${high}`
    case '>':
      return sql<boolean>`${value} > ${high}`
    case '>=':
      return sql<boolean>`${value} >= ${low}`
  }
}

/** Milliseconds are whole: 1 500 µs is 1 ms. */
function integers(
  value: Expression,
  op: Comparison,
  { wanted, keptAs }: { readonly wanted: number; readonly keptAs: KeptAs },
): Truth {
  const scale = keptAs === 'millis' ? 1000n : 1n
  if (!Number.isInteger(wanted)) return between(value, op, { wanted, scale })
  const low = BigInt(wanted) * scale
  const high = low + scale - 1n
  if (low >= least && high <= greatest) return bounds(value, op, [low, high])
  return beyond(op, wanted > 0) ? yes : no
}

/** For a number between two integers, or an infinite one. */
function between(
  value: Expression,
  op: Comparison,
  { wanted, scale }: { readonly wanted: number; readonly scale: bigint },
): Truth {
  if (op === '=' || op === '!=') return op === '!=' ? yes : no
  if (!Number.isFinite(wanted) || Math.abs(wanted) > 2 ** 53) return beyond(op, wanted > 0) ? yes : no
  const next = BigInt(Math.ceil(wanted)) * scale
  return op.startsWith('<') ? sql<boolean>`${value} < ${next}` : sql<boolean>`${value} >= ${next}`
}

/** What every integer is to a number beyond them all. */
function beyond(op: Comparison, above: boolean): boolean {
  return op === '!=' || op.startsWith(above ? '<' : '>')
}
