import type { Field } from '../../kernel/values/index.ts'
import { asOfSql, type JoinTimes, type SpineRelation, skippedSql } from './as-of.ts'
import { addAsOf } from './as-of-join.ts'
import { isWindow, type ResolvedLookup } from './lookups.ts'
import { type OfflineSession, sourceRelation } from './ports.ts'
import { id } from './sql-text.ts'
import { addWindows, eventCache } from './windows/join.ts'
import { bigints } from './windows/load.ts'
import type { UndefinedReason } from './windows/results.ts'

/** A looked-up feature in a relation that has `__n`. */
export interface JoinedColumn {
  readonly field: Field
  readonly relation: string
  /** Position among the lookup's features: the value is column `f<position>`. */
  readonly position: number
  /** A window's status follows from its value; a lookup's is column `s<position>`. */
  readonly window: boolean
  /** `rounding`, `approximate`, `leak-safety: assumed` (features.md §7.6). */
  readonly flags: readonly string[]
}

/** Rows of a lookup's source that no spine row can see, by reason. */
export interface SkippedRows {
  readonly null_key: number
  readonly null_event_time: number
  /** Rows that lost a time because the column with their zone is null; given where a source has such a column. */
  readonly null_zone?: number
}

export interface JoinResult {
  /** In requested order. */
  readonly columns: readonly JoinedColumn[]
  readonly skipped: Readonly<Record<string, SkippedRows>>
  readonly nullKeyRows: Readonly<Record<string, number>>
  /** Values that are null for a reason of their own, by column. */
  readonly undefinedReasons: readonly {
    readonly row: number
    readonly feature: string
    readonly reason: UndefinedReason
  }[]
}

export interface JoinRequest {
  readonly session: OfflineSession
  readonly spine: SpineRelation
  readonly lookups: readonly ResolvedLookup[]
  readonly times: JoinTimes
  /** Called before each lookup. */
  readonly onLookup?: (lookup: ResolvedLookup, index: number) => void
}

/** Joins features to a spine: one relation per lookup, each with a row for every spine row. */
export async function joinLookups({
  session,
  spine,
  lookups,
  times,
  onLookup,
}: JoinRequest): Promise<JoinResult> {
  const windows = lookups.filter(each => each.features.some(({ feature }) => isWindow(feature)))
  const wanted = windows.map(each => ({
    source: each.source,
    keys: each.view.keys,
    features: each.features.map(({ feature }) => feature).filter(isWindow),
  }))
  const cache = eventCache(session, times, wanted)
  const columns: JoinedColumn[] = []
  const reasons: { row: number; feature: string; reason: UndefinedReason }[] = []
  const skipped: Record<string, SkippedRows> = {}
  const nullKeyRows: Record<string, number> = {}
  for (const [index, resolved] of lookups.entries()) {
    onLookup?.(resolved, index)
    const relation = `features_${index}`
    if (windows.includes(resolved)) {
      const found = await addWindows({ session, spine, cache }, resolved, { relation })
      for (const { row, feature, reason } of found)
        reasons.push({ row, feature: resolved.features[feature]?.column ?? '', reason })
    } else if (session.dialect.name === 'duckdb') await addAsOf({ session, spine, times }, resolved, relation)
    else await session.createTable(relation, asOfSql(resolved, spine, { times, dialect: session.dialect }))
    columns.push(...joinedColumns(resolved, relation))
    skipped[resolved.lookup.as] = await countSkipped(session, resolved)
    nullKeyRows[resolved.lookup.as] = await countNullKeys(session, spine, resolved)
  }
  return { columns, skipped, nullKeyRows, undefinedReasons: reasons }
}

function joinedColumns(resolved: ResolvedLookup, relation: string): JoinedColumn[] {
  return resolved.features.map(({ feature, column }, index) => ({
    field: { name: column, type: feature.type },
    relation,
    position: index,
    window: isWindow(feature),
    flags: flagsOf(resolved, index),
  }))
}

const rounded = new Set(['mean', 'var_pop', 'var_samp', 'stddev_pop', 'stddev_samp', 'quantile'])

function flagsOf({ source, features }: ResolvedLookup, index: number): string[] {
  const feature = features[index]?.feature
  const flags = source.knownAt.kind === 'assumed' ? ['leak-safety: assumed'] : []
  if (
    feature?.kind === 'window' &&
    (rounded.has(feature.op) || (feature.op === 'sum' && feature.type === 'float64'))
  )
    flags.push('rounding')
  if (feature?.kind === 'window' && feature.op.startsWith('approx_')) flags.push('approximate')
  return flags
}

/** SQL of a joined column's value. */
export function valueSql({ relation, position }: JoinedColumn): string {
  return `${id(relation)}.f${position}`
}

/** SQL of a joined column's status letter: windows know only P, N, and F for a null key. */
export function statusSql(column: JoinedColumn): string {
  const relation = id(column.relation)
  if (!column.window) return `${relation}.s${column.position}`
  return `CASE WHEN ${relation}.null_key THEN 'F' WHEN ${valueSql(column)} IS NULL THEN 'N' ELSE 'P' END`
}

/** FROM clause that puts a spine and the relations of joined columns side by side. */
export function joinedFrom(spine: string, columns: readonly JoinedColumn[]): string {
  const relations = [...new Set(columns.map(column => column.relation))]
  return `${id(spine)} s ${relations.map(relation => `JOIN ${id(relation)} USING (__n)`).join(' ')}`
}

async function countSkipped(session: OfflineSession, { view, source }: ResolvedLookup): Promise<SkippedRows> {
  const [[keys = 0n, times = 0n] = []] = await session.rows(skippedSql(view, source), bigints(2))
  const counts = { null_key: Number(keys), null_event_time: Number(times) }
  if (typeof source.zone !== 'object') return counts
  const [[zones = 0n] = []] = await session.rows(
    `SELECT count(*) FROM ${id(sourceRelation(source.name))} WHERE ${id(source.zone.column)} IS NULL AND (__e IS NULL OR __k IS NULL)`,
    bigints(1),
  )
  return { ...counts, null_zone: Number(zones) }
}

async function countNullKeys(
  session: OfflineSession,
  spine: SpineRelation,
  { lookup }: ResolvedLookup,
): Promise<number> {
  if (lookup.keys.length === 0) return 0
  const isNull = lookup.keys.map(key => `${id(key)} IS NULL`).join(' OR ')
  const [[count = 0n] = []] = await session.rows(
    `SELECT count(*) FROM ${id(spine.relation)} WHERE ${isNull}`,
    bigints(1),
  )
  return Number(count)
}
