import type { DefinitionKind, DefinitionRef, SourceData } from '../../definitions/index.ts'
import type { TrainingSetRecords } from '../../features/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { PageRequest } from '../../kernel/unit-of-work.ts'
import type { DefinitionStore } from '../ports.ts'
import { createDefinitionList, summary } from '../queries.ts'
import { checksRef, skewRef } from '../report-refs.ts'
import { buildFact, checkFact, memberFacts, scheduleOf, skewFact, standingOf } from './facts.ts'
import { impactOf } from './impact.ts'
import { columnLineage } from './lineage.ts'
import { catalogLoader, type Loaded } from './loaded.ts'
import type { CatalogMark, LiveFacts } from './model.ts'
import type { Preview, SourceState } from './ports.ts'
import type { Direction } from './reach.ts'
import { rowExplainer } from './row-explainer.ts'
import { createSampler } from './samples.ts'
import { pageOf, rank } from './search.ts'
import { restsOn } from './usage.ts'
import { freshnessOf, materializationOf } from './view-facts.ts'

export interface CatalogDependencies {
  readonly store: DefinitionStore
  /** Builds of training sets. */
  readonly records: TrainingSetRecords
  /** Releases that answer, and registered versions. */
  live(): Promise<LiveFacts>
  /** The project's clock: a replayed project lives at its own instant. */
  now(): Micros
  /** Versions and sizes of sources, by name. Never throws: what is not known says why. */
  sources(sources: readonly SourceData[], directory: string): Promise<ReadonlyMap<string, SourceState>>
  /** Local file of a stored object; undefined when its bytes are gone. */
  storedFile(sha256: string): Promise<string | undefined>
  readonly preview: Preview
}

export interface SearchQuery extends PageRequest {
  readonly q?: string
  readonly kind?: DefinitionKind
  readonly owner?: string
  readonly tag?: string
  readonly is?: CatalogMark
}

export type CatalogService = ReturnType<typeof createCatalog>

/** Questions about the applied definitions, their data and who rests on them. */
export function createCatalog(dependencies: CatalogDependencies) {
  const { store, records, live, now, preview } = dependencies
  const load = catalogLoader(store, { live, preview })
  const directory = async () => (await store.findProject())?.directory ?? '.'
  const runsOf = async (view: string, limit: number) =>
    (await store.listBuilds(`featureView:${view}`, limit)).map(materializationOf)
  const newestRuns = async (kind: DefinitionKind, name: string) =>
    kind === 'featureView' ? runsOf(name, mostRuns) : []

  return {
    ...createDefinitionList(store, live),
    ...createSampler({ ...dependencies, load, directory }),
    ...rowExplainer({ ...dependencies, load, directory }),

    /** Definitions by words and state, the best first. */
    async search({ q = '', kind, owner, tag, is, ...page }: SearchQuery) {
      const loaded = await load({ columns: false })
      const chosen = loaded.current.filter(
        ({ definition }) =>
          (kind === undefined || definition.kind === kind) &&
          (owner === undefined || definition.owner === owner) &&
          (tag === undefined || definition.tags?.includes(tag) === true),
      )
      const standing = async (ref: DefinitionRef) => {
        const found = loaded.current.find(each => each.ref === ref)
        if (!found) throw unknown(ref)
        return standingOf(found, loaded, { newest: await newestRuns(found.kind, found.name), now: now() })
      }
      const ranked = rank(chosen, q)
      const marked =
        is === undefined
          ? ranked
          : await keep(ranked, async ({ record }) => (await standing(record.ref)).marks.includes(is))
      const { items, next } = pageOf(marked, page)
      return {
        items: await Promise.all(
          items.map(async ({ record, score, matched }) => {
            const { marks, usage } = await standing(record.ref)
            return { ...summary(record), score, matched, marks, usage: usage.state }
          }),
        ),
        ...(next === undefined ? {} : { next }),
      }
    },

    /** What is known of a definition's data, and who rests on it. Throws REFERENCE_UNKNOWN. */
    async definitionFacts(kind: DefinitionKind, name: string) {
      const loaded = await load({ columns: true })
      const ref: DefinitionRef = `${kind}:${name}`
      const found = loaded.current.find(each => each.ref === ref)
      if (!found) throw unknown(ref)
      const { definition } = found
      const runs = await newestRuns(kind, name)
      return {
        ref,
        ...standingOf(found, loaded, { newest: runs, now: now() }),
        members: memberFacts(definition, ref, loaded),
        checks: checkFact((await store.listBuilds(checksRef(ref), 1))[0]),
        view:
          definition.kind === 'featureView'
            ? {
                runs,
                freshness: freshnessOf(definition, runs, now()),
                schedule: scheduleOf(definition, loaded, now()),
                skew: await skewOf(name, loaded),
              }
            : null,
        source:
          definition.kind === 'source'
            ? {
                knownAt: definition.eventTime === null ? null : definition.knownAt,
                ...(await stateOf(definition, loaded)),
              }
            : null,
        builds:
          definition.kind === 'trainingSet'
            ? (await records.list(name)).slice(0, mostBuilds).map(each => buildFact(each, loaded.facts))
            : null,
      }
    },

    /** What changing or removing a definition, a column or a feature does. Throws REFERENCE_UNKNOWN, COLUMN_UNKNOWN. */
    async impact(of: string, change: 'change' | 'remove') {
      const { current, facts, graph } = await load({ columns: true })
      const builds = await store.listBuildsOf('trainingSet')
      const impact = impactOf({ of, change, graph, current, facts, builds })
      const { views, builds: touched, ...rest } = impact
      const recomputes = await Promise.all(
        views.map(async view => {
          const full = (await runsOf(view, mostRuns)).find(each => each.mode === 'full')
          return { view, rows: full?.read ?? null, seconds: full?.seconds ?? null }
        }),
      )
      const sets = await Promise.all(touched.map(build => records.find(build.id)))
      return { ...rest, recomputes, trainingSets: sets.flatMap(set => set ?? []) }
    },

    /** Columns from sources to deployments. Throws REFERENCE_UNKNOWN, COLUMN_UNKNOWN. */
    async columnLineage(of: string, direction: Direction | 'both') {
      const { graph, facts } = await load({ columns: true })
      return columnLineage(graph, { of, direction, facts })
    },
  }

  async function skewOf(view: string, { facts }: Loaded) {
    const served = facts.releases.filter(release => restsOn(release, `featureView:${view}`))
    const reports = await Promise.all(
      served.map(async ({ deployment }) => {
        const [build] = await store.listBuilds(skewRef(deployment), 1)
        return build ? [skewFact(deployment, view, build)] : []
      }),
    )
    return reports.flat()
  }

  async function stateOf(source: SourceData, { definitions }: Loaded): Promise<SourceState> {
    const sources = definitions.filter(each => each.kind === 'source')
    const states = await dependencies.sources(sources, await directory())
    return states.get(source.name) ?? { version: null, rows: null, bytes: null, problem: null }
  }
}

/** Runs of a view that are looked at. */
const mostRuns = 20
const mostBuilds = 50

function unknown(ref: DefinitionRef): FettleError {
  return new FettleError('REFERENCE_UNKNOWN', `${ref} is not applied`, {
    hint: 'fettle catalog lists what is.',
  })
}

async function keep<Item>(
  items: readonly Item[],
  test: (item: Item) => Promise<boolean>,
): Promise<readonly Item[]> {
  const kept = await Promise.all(items.map(test))
  return items.filter((_, index) => kept[index])
}
