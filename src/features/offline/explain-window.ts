import type { WindowFeatureData } from '../../definitions/model.ts'
import { formatTimestamp, type Micros } from '../../kernel/time.ts'
import type { Field } from '../../kernel/values/index.ts'
import type { ExplainedSourceRow, ExplainedWindow } from './explain-model.ts'
import { type Context, keyRelation, rowFields, rowSelect, sourceRow } from './explain-source-row.ts'
import type { ResolvedLookup } from './lookups.ts'
import { descending, totalOrder } from './order.ts'
import { predicateSql } from './predicate.ts'
import { all, id } from './sql-text.ts'
import { leftEdges, windowSpan } from './windows/edges.ts'
import { resolvedVersions } from './windows/event-table.ts'

/** Explains one window feature at the row's time. */
export async function explainWindow(
  context: Context,
  resolved: ResolvedLookup,
  { feature, column }: { readonly feature: WindowFeatureData; readonly column: string },
): Promise<ExplainedWindow> {
  const { session, time, request } = context
  const { view, source } = resolved
  const limit = request.limit ?? 5
  const { keys, on } = await keyRelation(context, resolved)
  const left = leftEdges(BigInt64Array.of(time), windowSpan(feature.window, feature.hop))?.[0] ?? null
  const { rows, counts, unknown, conditions } = conditionsSql(context, resolved, { feature, left, on })
  const [[counted, nulls, later, replacements, tombstones, unmet] = []] = await session.rows(
    `SELECT ${conditions.map(condition => `count(*) FILTER (WHERE ${condition})`).join(', ')} ${rows}`,
    conditions.map((_, index): Field => ({ name: `c${index}`, type: 'int64' })),
  )
  const some = async (condition: string, order: string): Promise<ExplainedSourceRow[]> => {
    const found = await session.rows(
      `SELECT ${rowSelect(source)} ${rows} AND ${condition} ORDER BY ${order} LIMIT ${limit}`,
      rowFields(source),
    )
    return found.map(row => sourceRow(source, row))
  }
  const order = totalOrder(source, session.dialect)
  return {
    kind: 'window',
    name: column,
    view: view.name,
    keys,
    operator: feature.op,
    column: feature.column ?? null,
    from: left === null ? null : formatTimestamp(left as Micros),
    to: formatTimestamp(time),
    counted: Number(counted ?? 0n),
    nulls: Number(nulls ?? 0n),
    first: await some(counts, order.join(', ')),
    last: await some(counts, descending(order)),
    excluded: {
      'known only later': Number(later ?? 0n),
      'replaced by a newer version': Number(replacements ?? 0n),
      tombstone: Number(tombstones ?? 0n),
      condition: Number(unmet ?? 0n),
    },
    knownLater: await some(unknown, order.join(', ')),
  }
}

interface WindowConditions {
  readonly feature: WindowFeatureData
  readonly left: number | bigint | null
  readonly on: string | null
}

/** The rows inside the edges, the condition by which they count, and the conditions of all numbers asked for. */
function conditionsSql(
  { session, time, request }: Context,
  { view, source }: ResolvedLookup,
  { feature, left, on }: WindowConditions,
): {
  readonly rows: string
  readonly counts: string
  readonly unknown: string
  readonly conditions: readonly string[]
} {
  const latest = view.knownTime === 'latest'
  const known = latest ? 'true' : `coalesce(r.__k <= ${time}, false)`
  const cutoff = `(${known} AND coalesce(r.__k <= ${request.asOf}, ${latest}))`
  const replaced =
    !latest && source.eventId !== undefined ? `coalesce(r.__replaced <= ${time}, false)` : 'false'
  const gone = source.deleted === undefined ? 'false' : `coalesce(r.${id(source.deleted)}, false)`
  const holds = feature.where
    ? `coalesce(${predicateSql(feature.where, source.columns, session.dialect)}, false)`
    : 'true'
  const needs = {
    source,
    keys: view.keys,
    knownTime: view.knownTime,
    times: { horizon: latest ? request.asOf : null },
  }
  const inside = all([`r.__e < ${time}`, ...(left === null ? [] : [`r.__e >= ${left}`])])
  const rows = `FROM ${resolvedVersions(needs, session.dialect)} r ${on ?? ''} WHERE ${on === null ? 'false' : inside}`
  const counts = `${cutoff} AND NOT ${replaced} AND NOT ${gone} AND ${holds}`
  const valueNull = feature.column === undefined ? 'false' : `r.${id(feature.column)} IS NULL`
  const conditions = [
    counts,
    `${counts} AND ${valueNull}`,
    `NOT ${cutoff}`,
    `${cutoff} AND ${replaced}`,
    `${cutoff} AND NOT ${replaced} AND ${gone}`,
    `${cutoff} AND NOT ${replaced} AND NOT ${gone} AND NOT ${holds}`,
  ]
  return { rows, counts, unknown: `NOT ${cutoff}`, conditions }
}
