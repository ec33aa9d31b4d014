import type {
  LabelData,
  PredicateData,
  SourceData,
  TrainingSetData,
  WindowFeatureData,
} from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { type Micros, parseDuration } from '../../kernel/time.ts'
import type { Field } from '../../kernel/values/index.ts'
import { requireSource } from './lookups.ts'
import { descending, versionOrder } from './order.ts'
import { type OfflineSession, sourceRelation } from './ports.ts'
import { predicateSql } from './predicate.ts'
import { id } from './sql-text.ts'
import { addWindows, eventCache } from './windows/join.ts'
import { operatorType } from './windows/operators.ts'

export interface LabelPlan {
  readonly session: OfflineSession
  readonly set: TrainingSetData
  readonly source: SourceData
  readonly sources: readonly SourceData[]
  readonly asOf: Micros
  readonly rows: number
}

/** Name and type of a set's label; throws MATURITY_TOO_SHORT and OPERATOR_TYPE. */
export function labelField(set: TrainingSetData, sources: readonly SourceData[]): Field {
  const { label } = set
  if (label.kind === 'column') return { name: label.name, type: 'bool' }
  if (parseDuration(set.labelMaturity) < parseDuration(label.horizon)) {
    throw new FettleError(
      'MATURITY_TOO_SHORT',
      `the label "${label.name}" looks ${label.horizon} ahead but is taken as final after ${set.labelMaturity}`,
      {
        details: { horizon: label.horizon, labelMaturity: set.labelMaturity },
      },
    )
  }
  if (label.op === 'exists') return { name: label.name, type: 'bool' }
  return { name: label.name, type: laterFeature(label, sources).type }
}

/** What reads the label's source, for the plan of sources. */
export function labelUses(
  set: TrainingSetData,
  sources: readonly SourceData[],
): { readonly source: string; readonly features: readonly WindowFeatureData[] }[] {
  return set.label.kind === 'later'
    ? [{ source: set.label.source, features: [laterFeature(set.label, sources)] }]
    : []
}

type LaterLabel = LabelData & { kind: 'later' }

function laterFeature(label: LaterLabel, sources: readonly SourceData[]): WindowFeatureData {
  const op = label.op === 'exists' ? 'count' : label.op
  const body = {
    name: label.name,
    op,
    window: 'all',
    hop: '1d',
    ...(label.column === undefined || label.op === 'exists' ? {} : { column: label.column }),
  } as const
  return { kind: 'window', ...body, type: operatorType(body, requireSource(sources, label.source).columns) }
}

/** Makes relation `label`: `__n` (the spine's) and `__label`, known as features.md §7.3 says. */
export async function addLabel(plan: LabelPlan): Promise<void> {
  const { label } = plan.set
  if (label.kind === 'later') return addLaterLabel(plan, label)
  await plan.session.createTable('label', columnLabelSql(plan, label))
}

function columnLabelSql({ session, set, source }: LabelPlan, label: LabelData & { kind: 'column' }): string {
  const { column, op, value } = label
  const predicate = predicateSql(
    { column, op, value } satisfies PredicateData,
    source.columns,
    session.dialect,
  )
  if (label.known === 'as-of') return `SELECT __n, (${predicate}) AS __label FROM spine`
  const maturity = parseDuration(set.labelMaturity)
  const own = `CASE WHEN __k <= __t + ${maturity} THEN (${predicate}) END`
  if (source.eventId === undefined) return `SELECT __n, ${own} AS __label FROM spine`
  const key = id(source.eventId)
  const gone = source.deleted === undefined ? 'false' : `coalesce(${id(source.deleted)}, false)`
  const rank = `row_number() OVER (PARTITION BY ${key}, __k ORDER BY ${descending(versionOrder(source, session.dialect))})`
  const versions = `SELECT ${key} AS event, __k AS v, CASE WHEN NOT ${gone} THEN (${predicate}) END AS __label, ${rank} AS __version FROM ${id(sourceRelation(source.name))} WHERE __e IS NOT NULL AND __k IS NOT NULL AND ${key} IS NOT NULL`
  const alone = `SELECT __n, ${own} AS __label FROM spine WHERE ${key} IS NULL`
  const known = session.dialect.asOfJoin({
    left: 'spine',
    columns: ['__n'],
    time: `s.__t + ${maturity}`,
    keys: [[`s.${key}`, 'event']],
    right: `SELECT event, v, __label FROM (${versions}) WHERE __version = 1`,
    from: 'v',
    payload: '__label',
    where: `s.${key} IS NOT NULL`,
  })
  return `${known} UNION ALL ${alone}`
}

async function addLaterLabel(plan: LabelPlan, label: LaterLabel): Promise<void> {
  const { session, set, sources, asOf, rows } = plan
  const source = requireSource(sources, label.source)
  const feature = laterFeature(label, sources)
  const keys = label.keys.map(each => each.source)
  const view = {
    kind: 'featureView',
    name: `label_${label.name}`,
    entity: 'label',
    source: source.name,
    keys,
    at: 'at',
    knownTime: 'cutoff',
    features: [feature],
  } as const
  const lookup = {
    view: view.name,
    as: view.name,
    keys: label.keys.map(each => each.spine),
    features: [feature.name],
  }
  const resolved = { lookup, view, source, features: [{ feature, column: label.name }] }
  const cache = eventCache(session, { horizon: asOf }, [{ source, keys, features: [feature] }])
  const known = label.known === 'as-of' ? { by: asOf } : parseDuration(set.labelMaturity)
  const span = { from: 0n, to: parseDuration(label.horizon), known }
  const join = { session, spine: { relation: 'spine', rows }, cache }
  await addWindows(join, resolved, { relation: 'label_found', label: { feature, span } })
  const value =
    label.op === 'exists' ? 'coalesce(f0, 0) > 0' : label.op === 'count' ? 'coalesce(f0, 0)' : 'f0'
  await session.createTable('label', `SELECT __n, ${value} AS __label FROM label_found`)
}
