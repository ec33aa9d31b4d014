import type { ColumnData, FeatureViewData, SourceData } from '../../definitions/index.ts'
import type { Field } from '../../kernel/values/index.ts'
import { historical } from '../offline/historical.ts'
import { type OfflineEngine, sourceRelation } from '../offline/ports.ts'
import { reachOf } from '../offline/reach.ts'
import { inDependencyOrder } from '../offline/source-plan.ts'
import { all, id } from '../offline/sql-text.ts'
import type { CheckFacts } from './model.ts'
import { quarantining } from './quarantine.ts'
import type { CheckReport } from './report.ts'
import { runTableChecks } from './run-table.ts'

/** Views with checks, closed under reference. */
export interface ViewChecks {
  readonly view: FeatureViewData
  readonly sources: readonly SourceData[]
  readonly projectFolder: string
  readonly facts: CheckFacts
  readonly signal?: AbortSignal
}

/** Keys whose values are held in memory; a view of more is checked on this many, chosen by the hash of the key. */
const mostKeys = 200_000

/** Runs the checks of a view on its feature values as of the run's instant, one row for each key. */
export async function checkView(inner: OfflineEngine, given: ViewChecks): Promise<CheckReport> {
  const { view, sources, projectFolder, facts, signal } = given
  const engine = quarantining(inner)
  const spine = await keysNow(engine, given)
  const { rows } = await historical(engine, {
    sources,
    views: [view],
    lookups: [
      {
        view: view.name,
        as: view.name,
        keys: keyNames(view),
        features: view.features.map(each => each.name),
      },
    ],
    fullNames: false,
    spine,
    time: '__at',
    projectFolder,
    ...(signal === undefined ? {} : { signal }),
  })
  const session = await engine.open({
    projectFolder,
    reach: reachOf(sources, projectFolder),
    ...(signal === undefined ? {} : { signal }),
  })
  try {
    const columns = view.features.map(
      ({ name, type }): ColumnData => ({ name, type, ...classOf(view, sources) }),
    )
    await session.addRows('values_now', { fields: columns, rows })
    const named = (view.checks ?? []).flatMap(({ params: { source } }) =>
      typeof source === 'string' ? [source] : [],
    )
    for (const source of inDependencyOrder(sources, named)) await session.addSource(source, 'no')
    return await runTableChecks(session, {
      title: `featureView:${view.name}`,
      table: { relation: 'values_now', columns, other: sourceRelation },
      checks: view.checks ?? [],
      facts,
    })
  } finally {
    await session.close()
  }
}

/** Samples of a view's values are as personal as the most personal column of its source. */
function classOf({ source }: FeatureViewData, sources: readonly SourceData[]): Pick<ColumnData, 'pii'> {
  const classes = sources.find(each => each.name === source)?.columns.map(each => each.pii) ?? []
  if (classes.includes('sensitive')) return { pii: 'sensitive' }
  return classes.includes('personal') ? { pii: 'personal' } : {}
}

function keyNames({ keys }: FeatureViewData): string[] {
  return keys.map((_, index) => `key_${index}`)
}

/** Every key of the source with the run's instant. */
async function keysNow(engine: OfflineEngine, { view, sources, projectFolder, facts, signal }: ViewChecks) {
  const session = await engine.open({
    projectFolder,
    reach: reachOf(sources, projectFolder),
    ...(signal === undefined ? {} : { signal }),
  })
  try {
    for (const source of inDependencyOrder(sources, [view.source])) await session.addSource(source, 'no')
    const columns = sources.find(each => each.name === view.source)?.columns ?? []
    const fields = view.keys.map(
      (key, index): Field => ({
        name: `key_${index}`,
        type: columns.find(each => each.name === key)?.type ?? 'string',
      }),
    )
    const keys = view.keys.map(id).join(', ')
    const present = all(view.keys.map(key => `${id(key)} IS NOT NULL`))
    const found =
      view.keys.length === 0
        ? [[]]
        : await session.rows(
            `SELECT DISTINCT ${keys} FROM ${id(sourceRelation(view.source))} WHERE ${present} ORDER BY hash(${keys}) LIMIT ${mostKeys}`,
            fields,
          )
    const time: Field = { name: '__at', type: 'timestamp' }
    return { fields: [...fields, time], rows: found.map(row => [...row, facts.now]) }
  } finally {
    await session.close()
  }
}
