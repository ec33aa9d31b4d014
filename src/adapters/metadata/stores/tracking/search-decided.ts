import { type Kysely, sql } from 'kysely'
import {
  type Clause,
  type Condition,
  clausesOf,
  type FoundRun,
  textDecider,
} from '../../../../experiments/index.ts'
import type { Schema } from '../../schema.ts'
import { type ConditionSources, conditionSql, type Expression, type Truth } from './search-condition.ts'

/** What no database asks as we do: regular expressions, and texts read as numbers. */
export function isDecided({ field, test }: Clause): boolean {
  return (
    test.kind === 'regex' ||
    (field.kind === 'param' && test.kind === 'compare' && typeof test.value === 'number')
  )
}

/**
 * A condition SQL can ask that holds wherever the whole does. `positive` says whether the whole needs this part to hold:
 * a decided clause is then weakened to the presence of a value, else, below a NOT, to never.
 */
export function relaxed(condition: Condition, positive: boolean): Condition {
  if (condition.kind === 'not') return { kind: 'not', part: relaxed(condition.part, !positive) }
  if (condition.kind !== 'clause')
    return { kind: condition.kind, parts: condition.parts.map(part => relaxed(part, positive)) }
  if (!isDecided(condition)) return condition
  return positive ? { ...condition, test: { kind: 'present' } } : { kind: 'or', parts: [] }
}

interface DecidedBatch {
  readonly db: Kysely<Schema>
  readonly condition: Condition
  readonly batch: readonly FoundRun[]
  readonly sources: ConditionSources
}

/** Those of the batch that pass, in its order. */
export async function decideBatch({
  db,
  condition,
  batch,
  sources,
}: DecidedBatch): Promise<readonly FoundRun[]> {
  if (batch.length === 0) return []
  const refs = sql.join(batch.map(({ ref }) => ref))
  const passing = new Map<Clause, Truth>()
  for (const clause of clausesOf(condition).filter(isDecided))
    passing.set(clause, await decideClause({ db, clause, refs, sources }))
  const holds = conditionSql(condition, { ...sources, decided: clause => passing.get(clause) })
  const { rows } = await sql<{ id: number }>`select r.id as id from tracking_runs as r
    where r.id in (${refs}) and ${holds}`.execute(db)
  const kept = new Set(rows.map(({ id }) => id))
  return batch.filter(({ ref }) => kept.has(ref))
}

interface DecidedClause {
  readonly db: Kysely<Schema>
  readonly clause: Clause
  readonly refs: Expression
  readonly sources: ConditionSources
}

async function decideClause({ db, clause, refs, sources }: DecidedClause): Promise<Truth> {
  const source = sources.source(clause.field)
  if (source?.values === undefined) return sql<boolean>`1 = 0`
  const passes = textDecider(clause.test)
  const { rows } = await sql<{ ref: number; value: string }>`select ref, value from (${source.values}) as v
    where ref in (${refs})`.execute(db)
  const found = new Set(rows.filter(({ value }) => passes(value)).map(({ ref }) => ref))
  return found.size === 0 ? sql<boolean>`1 = 0` : sql<boolean>`r.id in (${sql.join([...found])})`
}
