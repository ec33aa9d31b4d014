import type { SourceData } from '../../definitions/model.ts'
import { type Micros, parseDuration } from '../../kernel/time.ts'
import { cellBytes, type Rows, type Value } from '../../kernel/values/index.ts'
import { type OfflineEngine, sourceRelation } from '../offline/ports.ts'
import { reachOf } from '../offline/reach.ts'
import { addSources } from '../offline/source-plan.ts'
import { id } from '../offline/sql-text.ts'
import { materialize } from '../online/materialize.ts'
import { memoryScan } from '../online/memory-scan.ts'
import { memoryStore } from '../online/memory-store.ts'
import type { OnlineView, ServedFeatures } from '../online/model.ts'
import { prepareFeatures } from '../online/read.ts'
import type { Answer, LoggedRow } from './model.ts'
import type { ReplayedFeature, ReplayPlace } from './replay.ts'

/** Source rows that are fetched for the suspects of one lookup; beyond it lag is not looked for. */
const mostRows = 100_000
const mostCutoffs = 100

interface Suspects {
  readonly features: ServedFeatures
  /** A feature of a lookup whose view declares a freshness. */
  readonly feature: ReplayedFeature & { readonly view: OnlineView }
  readonly rows: readonly LoggedRow[]
}

/**
 * What a feature was at earlier cutoffs c ∈ [q − freshness, q), the event rule still at q: per row, one answer for
 * q − freshness and one for each known time between (features.md §11.2). The rows of the keys in question are loaded into
 * an empty store up to each cutoff and read at q, by the code that serves.
 */
export async function laggedAnswers(
  engine: OfflineEngine,
  suspects: Suspects,
  place: ReplayPlace,
): Promise<readonly (readonly Answer[])[]> {
  const { feature, features, rows } = suspects
  const source = features.sources.find(each => each.name === feature.view.source)
  const freshness = feature.view.freshness === undefined ? 0n : parseDuration(feature.view.freshness)
  if (source === undefined || freshness === 0n || feature.view.knownTime === 'latest')
    return rows.map(() => [])
  const all = await sourceRows(engine, { ...suspects, source }, place)
  const keyed = byKey(all, feature.view.keys)
  const answers: (readonly Answer[])[] = []
  for (const row of rows) {
    const found = keyed((feature.lookup?.keys ?? []).map(key => row.request[key] ?? null))
    const cutoffs = cutoffsOf(found, row, freshness)
    const own: Answer[] = []
    for (const cutoff of cutoffs)
      own.push(await answerAt({ ...suspects, source }, { row, cutoff, found }, place))
    answers.push(own)
  }
  return answers
}

/** Rows of a source with their known times in µs. */
interface KnownRows extends Rows {
  readonly known: readonly (Micros | null)[]
}

/** The rows of the suspects' keys. */
async function sourceRows(
  engine: OfflineEngine,
  { features, feature, rows, source }: Suspects & { readonly source: SourceData },
  place: ReplayPlace,
): Promise<KnownRows> {
  const session = await engine.open({ ...place, reach: reachOf(features.sources, place.projectFolder) })
  try {
    await addSources(session, features.sources, [{ source: source.name, features: feature.view.features }])
    const keys = feature.lookup?.keys ?? []
    const columns = feature.view.keys
    const fields = columns.map((name, index) => ({
      name: `k${index}`,
      type: source.columns.find(column => column.name === name)?.type ?? ('string' as const),
    }))
    const wanted = rows.map(row => keys.map((key): Value => row.request[key] ?? null))
    await session.addRows('skew_keys', {
      fields: [...fields, { name: 'marker', type: 'bool' }],
      rows: wanted.map(key => [...key, true]),
    })
    const same = ['k.marker', ...columns.map((name, index) => `k.k${index} = s.${id(name)}`)].join(' AND ')
    const last = rows.reduce((latest, row) => (row.asOf > latest ? row.asOf : latest), 0n)
    const select = [...source.columns.map(column => `s.${id(column.name)}`), 's.__k'].join(', ')
    const found = await session.rows(
      `SELECT ${select} FROM ${id(sourceRelation(source.name))} s WHERE EXISTS (SELECT 1 FROM skew_keys k WHERE ${same}) AND s.__k <= ${last} LIMIT ${mostRows + 1}`,
      [...source.columns, { name: '__k', type: 'int64' }],
    )
    const few = found.length > mostRows ? [] : found
    return {
      fields: source.columns,
      rows: few.map(row => row.slice(0, -1)),
      known: few.map(row => (row.at(-1) ?? null) as Micros | null),
    }
  } finally {
    await session.close()
  }
}

/** Rows of one key, found by its value. */
function byKey(all: KnownRows, columns: readonly string[]): (key: readonly Value[]) => KnownRows {
  const places = columns.map(name => all.fields.findIndex(field => field.name === name))
  const types = places.map(place => all.fields[place]?.type ?? 'string')
  const idOf = (key: readonly Value[]): string =>
    Buffer.concat(key.map((value, index) => cellBytes(types[index] ?? 'string', value))).toString('latin1')
  const groups = new Map<string, { readonly rows: (readonly Value[])[]; readonly known: (Micros | null)[] }>()
  for (const [index, row] of all.rows.entries()) {
    const id = idOf(places.map(place => row[place] ?? null))
    const group = groups.get(id) ?? { rows: [], known: [] }
    groups.set(id, group)
    group.rows.push(row)
    group.known.push(all.known[index] ?? null)
  }
  return key => ({ fields: all.fields, ...(groups.get(idOf(key)) ?? { rows: [], known: [] }) })
}

function cutoffsOf({ known }: KnownRows, { asOf }: LoggedRow, freshness: Micros): readonly Micros[] {
  const first = asOf - freshness
  const between = known.filter((time): time is Micros => time !== null && time > first && time < asOf)
  return known.length === 0
    ? []
    : [first, ...new Set(between.sort((a, b) => (a < b ? 1 : -1)))].slice(0, mostCutoffs)
}

/** The feature at q when only what was known at the cutoff has been loaded. */
async function answerAt(
  { feature: { view, lookup, feature }, features, source }: Suspects & { readonly source: SourceData },
  { row, cutoff, found }: { readonly row: LoggedRow; readonly cutoff: Micros; readonly found: KnownRows },
  { projectFolder, signal = new AbortController().signal }: ReplayPlace,
): Promise<Answer> {
  const store = memoryStore()
  const loaded = found.rows.filter((_, index) => {
    const known = found.known[index] ?? null
    return known !== null && known <= cutoff
  })
  await materialize(
    memoryScan({ fields: found.fields, rows: loaded }),
    store,
    { entities: [], sources: [source], views: [view] },
    { now: row.asOf, deferUntil: row.asOf, projectFolder, signal, onProgress: () => undefined },
  )
  const lookups = lookup === null ? [] : [{ ...lookup, features: [feature] }]
  const only = { ...features, sources: [source], views: [view], onDemand: [], lookups }
  const answer = await prepareFeatures(store, only).read([row.request], row.asOf)
  return { value: answer.values[0]?.[0] ?? null, status: answer.statuses[0]?.[0] ?? 'ERROR' }
}
