import { FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp, type Micros } from '../../kernel/time.ts'
import type { Field } from '../../kernel/values/index.ts'
import { explainLookup } from './explain-lookup.ts'
import type { ExplainedLookup, ExplainedWindow, ExplainRequest, RowExplanation } from './explain-model.ts'
import { type Context, json, type Typed, typeOf } from './explain-source-row.ts'
import { explainWindow } from './explain-window.ts'
import { isLookup, isWindow, type ResolvedLookup, requireSource, resolveLookups } from './lookups.ts'
import type { OfflineEngine, OfflineSession } from './ports.ts'
import { reachOf } from './reach.ts'
import { addSources } from './source-plan.ts'
import { spineSql } from './spine.ts'
import { id } from './sql-text.ts'

/**
 * Explains one training row: for each lookup which source row won and why no other did, for each window which rows counted
 * and which did not. Reads the sources as they are now. Throws ROW_UNKNOWN, KEY_MISSING, and what reading sources throws.
 */
export async function explainRow(engine: OfflineEngine, request: ExplainRequest): Promise<RowExplanation> {
  const { closure, projectFolder, signal } = request
  const { trainingSet: set, sources, views } = closure
  const spineSource = requireSource(sources, set.spine.source)
  const lookups = resolveLookups({
    views,
    sources,
    lookups: set.lookups,
    fullNames: set.fullNames,
    spine: spineSource.columns.filter(({ name }) => set.lookups.some(lookup => lookup.keys.includes(name))),
  })
  const session = await engine.open({
    projectFolder,
    reach: reachOf(sources, projectFolder),
    ...(signal ? { signal } : {}),
  })
  try {
    const uses = lookups.map(each => ({
      source: each.source.name,
      features: each.features.map(({ feature }) => feature),
    }))
    await addSources(
      session,
      sources,
      'row' in request.of ? [...uses, { source: spineSource.name, features: [] }] : uses,
    )
    const spine = await spineRow(session, request, lookups)
    const context: Context = { session, request, time: spine.time, values: spine.values }
    const explained: (ExplainedLookup | ExplainedWindow)[] = []
    for (const lookup of lookups) {
      if (lookup.features.every(({ feature }) => isLookup(feature)))
        explained.push(await explainLookup(context, lookup))
      for (const { feature, column } of lookup.features)
        if (isWindow(feature)) explained.push(await explainWindow(context, lookup, { feature, column }))
    }
    return {
      row: 'row' in request.of ? request.of.row : null,
      time: formatTimestamp(spine.time),
      asOf: formatTimestamp(request.asOf),
      spine: Object.fromEntries(
        [...spine.values].map(([name, { type, value }]) => [name, json(type, value)]),
      ),
      lookups: explained,
    }
  } finally {
    await session.close()
  }
}

async function spineRow(
  session: OfflineSession,
  { closure, of, asOf }: ExplainRequest,
  lookups: readonly ResolvedLookup[],
): Promise<{ time: Micros; values: Map<string, Typed> }> {
  const { trainingSet: set, sources } = closure
  const source = requireSource(sources, set.spine.source)
  const keys = set.spine.order ?? [...new Set(lookups.flatMap(each => each.lookup.keys))]
  if (!('row' in of)) {
    const values = keys.map((name): [string, Typed] => {
      const value = of.keys[name]
      if (value === undefined)
        throw new FettleError('KEY_MISSING', `the row to explain has no "${name}"`, {
          details: { key: name },
        })
      return [name, { type: typeOf(source, name), value }]
    })
    return { time: of.time, values: new Map(values) }
  }
  await session.createNumbered('spine', spineSql({ set, source, asOf, keys, dialect: session.dialect }))
  const fields: Field[] = [...source.columns, { name: '__t', type: 'int64' }]
  const found = Number.isSafeInteger(of.row) && of.row >= 0
  const [row] = found
    ? await session.rows(
        `SELECT ${fields.map(({ name }) => id(name)).join(', ')} FROM spine WHERE __n = ${of.row}`,
        fields,
      )
    : []
  if (!row)
    throw new FettleError('ROW_UNKNOWN', `the spine of "${set.name}" has no row ${of.row}`, {
      details: { row: of.row },
    })
  const values = source.columns.map(({ name, type }, index): [string, Typed] => [
    name,
    { type, value: row[index] ?? null },
  ])
  return { time: row.at(-1) as Micros, values: new Map(values) }
}
