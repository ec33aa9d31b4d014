import type { Field, ValueType } from '../../kernel/values/index.ts'
import { asOfSql, type JoinTimes, type SpineRelation, skippedSql } from './as-of.ts'
import { isWindow, type ResolvedLookup } from './lookups.ts'
import type { Batch, OfflineSession } from './ports.ts'
import { id } from './sql-text.ts'
import { eventCache, type WindowColumns, windowColumns } from './windows/join.ts'
import { bigints } from './windows/load.ts'
import { sliceRun, type UndefinedReason } from './windows/results.ts'

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

export interface JoinResult {
  /** In requested order. */
  readonly columns: readonly JoinedColumn[]
  readonly skipped: Readonly<Record<string, { readonly null_key: number; readonly null_event_time: number }>>
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
    features: each.features.map(({ feature }) => feature).filter(isWindow),
  }))
  const cache = eventCache(session, wanted)
  const columns: JoinedColumn[] = []
  const reasons: { row: number; feature: string; reason: UndefinedReason }[] = []
  const skipped: Record<string, { null_key: number; null_event_time: number }> = {}
  const nullKeyRows: Record<string, number> = {}
  for (const [index, resolved] of lookups.entries()) {
    onLookup?.(resolved, index)
    const relation = `features_${index}`
    if (windows.includes(resolved)) {
      const found = await windowColumns({ session, spine, times, cache }, resolved)
      await session.addColumns(relation, windowFields(resolved), windowBatches(found, spine.rows))
      for (const [at, column] of found.columns.entries()) {
        for (const [row, reason] of column.reasons)
          reasons.push({ row, feature: resolved.features[at]?.column ?? '', reason })
      }
    } else await session.run(`CREATE TEMP TABLE ${id(relation)} AS ${asOfSql(resolved, spine, times)}`)
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

function windowFields({ features }: ResolvedLookup): Field[] {
  const values = features.map(({ feature }, index) => ({
    name: `f${index}`,
    type: feature.type as ValueType,
  }))
  return [{ name: '__n', type: 'int64' }, ...values, { name: 'null_key', type: 'bool' }]
}

const pieceRows = 2048

function* windowBatches({ columns, nullKeys }: WindowColumns, rows: number): Iterable<Batch> {
  for (let from = 0; from < rows; from += pieceRows) {
    const to = Math.min(rows, from + pieceRows)
    const positions = new BigInt64Array(to - from).map((_, index) => BigInt(from + index))
    yield {
      rows: to - from,
      columns: [
        { kind: 'fixed', width: 8, bytes: new Uint8Array(positions.buffer), valid: null },
        ...columns.map(column => sliceRun(column.run, from, to)),
        { kind: 'fixed', width: 1, bytes: nullKeys.subarray(from, to), valid: null },
      ],
    }
  }
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

async function countSkipped(
  session: OfflineSession,
  { view, source }: ResolvedLookup,
): Promise<{ null_key: number; null_event_time: number }> {
  const [[keys = 0n, times = 0n] = []] = await session.rows(skippedSql(view, source), bigints(2))
  return { null_key: Number(keys), null_event_time: Number(times) }
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
