import type { FeatureViewData, SourceData } from '../../definitions/model.ts'
import { formatTimestamp, parseDuration } from '../../kernel/time.ts'
import type { Value } from '../../kernel/values/index.ts'
import type { ExplainedLookup, ExplainedSourceRow, LossReason } from './explain-model.ts'
import { type Context, keyRelation, rowFields, rowSelect, sourceRow } from './explain-source-row.ts'
import type { ResolvedLookup } from './lookups.ts'
import { descending, totalOrder } from './order.ts'
import { sourceRelation } from './ports.ts'
import { id } from './sql-text.ts'

/** Explains one looked-up view at the row's time. */
export async function explainLookup(context: Context, resolved: ResolvedLookup): Promise<ExplainedLookup> {
  const { session, time, request } = context
  const { lookup, view, source } = resolved
  const { keys, on } = await keyRelation(context, resolved)
  const lookback = view.lookback ?? view.maxAge
  const from = lookback === undefined ? null : time - parseDuration(lookback)
  const limit = request.limit ?? 5
  const order = descending(totalOrder(source, session.dialect))
  const rows = `SELECT ${rowSelect(source)} FROM ${id(sourceRelation(source.name))} r ${on ?? ''} WHERE r.__e IS NOT NULL`
  const candidate = candidateSql(context, view)
  const [found] =
    on === null
      ? []
      : await session.rows(`${rows} AND ${candidate} ORDER BY ${order} LIMIT 1`, rowFields(source))
  const later =
    on === null
      ? []
      : await session.rows(
          `${rows} AND NOT (${candidate})${found ? ` AND __e >= ${found[0]}` : ''} ORDER BY __e, __k LIMIT ${limit}`,
          rowFields(source),
        )
  const older =
    found === undefined || on === null
      ? []
      : await session.rows(
          `${rows} AND ${candidate} ORDER BY ${order} LIMIT ${limit} OFFSET 1`,
          rowFields(source),
        )
  const winner = found ? sourceRow(source, found) : null
  const refused = refusal({ source, winner, from, event: found?.[0] ?? null, nullKey: on === null })
  const losers = [
    ...later.reverse().map(row => ({ ...sourceRow(source, row), reason: lossReason(context, view, row) })),
    ...older.map(row => ({
      ...sourceRow(source, row),
      reason: row[0] === found?.[0] ? ('smaller in a tie' as const) : ('older event' as const),
    })),
  ]
  return {
    kind: 'lookup',
    name: lookup.as,
    view: view.name,
    keys,
    winner,
    refused,
    lookbackFrom: from === null ? null : formatTimestamp(from),
    features: resolved.features.map(({ feature, column }) => {
      const value = refused === null ? (winner?.columns[feature.column ?? ''] ?? null) : null
      const status =
        refused === 'outside look-back' ? 'A' : refused !== null ? 'F' : value === null ? 'N' : 'P'
      return { name: column, value, status }
    }),
    losers,
  }
}

/** True for rows that could win: not later than the row's time, and known by it. */
function candidateSql({ time, request }: Context, view: FeatureViewData): string {
  const known = view.knownTime === 'latest' ? 'true' : `coalesce(r.__k <= ${time}, false)`
  const visible = `coalesce(r.__k <= ${request.asOf}, ${view.knownTime === 'latest'})`
  return `(r.__e ${view.at === 'before' ? '<' : '<='} ${time} AND ${known} AND ${visible})`
}

function lossReason({ time }: Context, view: FeatureViewData, [event, known]: readonly Value[]): LossReason {
  if (view.at === 'before' ? (event as bigint) >= time : (event as bigint) > time) return 'later event'
  return known === null ? 'never known' : 'known only later'
}

function refusal({
  source,
  winner,
  from,
  event,
  nullKey,
}: {
  readonly source: SourceData
  readonly winner: ExplainedSourceRow | null
  readonly from: bigint | null
  readonly event: Value
  readonly nullKey: boolean
}): ExplainedLookup['refused'] {
  if (nullKey) return 'null key'
  if (winner === null) return 'no row'
  if (source.deleted !== undefined && winner.columns[source.deleted] === true) return 'tombstone'
  return from !== null && (event as bigint) < from ? 'outside look-back' : null
}
