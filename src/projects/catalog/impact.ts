import {
  type Definition,
  type DefinitionRef,
  definitionKinds,
  refOf,
  usersOf,
} from '../../definitions/index.ts'
import type { BuildRecord, CurrentDefinition } from '../ports.ts'
import { liveDependants } from './dependants.ts'
import type { ColumnGraph, LiveFacts, LiveRelease, TrainedVersion } from './model.ts'
import { reach, startsOf } from './reach.ts'
import { restsOn } from './usage.ts'

export interface ImpactRequest {
  readonly of: string
  readonly change: 'change' | 'remove'
  readonly graph: ColumnGraph
  readonly current: readonly CurrentDefinition[]
  readonly facts: LiveFacts
  /** Stored builds of training sets, newest first. */
  readonly builds: readonly BuildRecord[]
}

export interface Impact {
  readonly of: string
  readonly change: 'change' | 'remove'
  readonly definitions: readonly {
    readonly ref: DefinitionRef
    readonly version: number
    readonly reason: string
  }[]
  readonly views: readonly string[]
  readonly builds: readonly BuildRecord[]
  readonly models: readonly (TrainedVersion & { readonly live: readonly string[] })[]
  readonly live: readonly LiveRelease[]
  readonly blockers: readonly string[]
}

/** What changing or removing a definition, a column or a feature does. Throws REFERENCE_UNKNOWN, COLUMN_UNKNOWN. */
export function impactOf(request: ImpactRequest): Impact {
  const { of, change, graph, current, facts } = request
  const { definition, column, starts } = startsOf(graph, of)
  const reached = reach(graph, starts, { direction: 'down', follow: () => true })
  const reading = new Set([...reached].flatMap(id => graph.nodes.get(id)?.definition ?? []))
  const all = current.map(each => each.definition)
  const users = inBuildingOrder(usersOf(definition, all))
  const moved = [...(change === 'change' || column !== null ? [definition] : []), ...users]
  const builds = request.builds.filter(build => moved.includes(build.ref) && reading.has(build.ref))
  const models = facts.versions.filter(version => builds.some(build => build.id === version.trainingSet))
  const live = facts.releases.filter(
    release => reading.has(`deployment:${release.deployment}`) || restsOn(release, definition, column),
  )
  return {
    of,
    change,
    definitions: moved.flatMap(ref => {
      const version = current.find(each => each.ref === ref)?.version
      if (version === undefined) return []
      return [{ ref, version: version + 1, reason: reasonOf(ref, { definition, column, change, reading }) }]
    }),
    views: moved.flatMap(ref => (ref.startsWith('featureView:') ? [ref.slice('featureView:'.length)] : [])),
    builds,
    models: models.map(version => ({ ...version, live: servedBy(version, facts) })),
    live,
    blockers: blockersOf(request, { definition, column, reading, live, all }),
  }
}

function inBuildingOrder(refs: readonly DefinitionRef[]): readonly DefinitionRef[] {
  return definitionKinds.flatMap(kind => refs.filter(ref => ref.startsWith(`${kind}:`)))
}

/** Deployments that answer with a model version. */
export function servedBy({ model, version }: TrainedVersion, { releases }: LiveFacts): readonly string[] {
  return releases
    .filter(each => each.model === model && each.modelVersion === version)
    .map(each => each.deployment)
}

interface Asked {
  readonly definition: DefinitionRef
  readonly column: string | null
  readonly reading: ReadonlySet<DefinitionRef>
}

function reasonOf(ref: DefinitionRef, asked: Asked & { readonly change: ImpactRequest['change'] }): string {
  const { definition, column, change, reading } = asked
  if (ref === definition) return change === 'remove' ? `loses ${column}` : 'is changed itself'
  if (!reading.has(ref)) return `is made from ${definition}, though nothing in it rests on ${column}`
  if (change === 'remove') return column === null ? 'would have nothing to read' : `rests on ${column}`
  return column === null ? `is made from ${definition}` : `rests on ${column}`
}

function blockersOf(
  { facts, builds }: ImpactRequest,
  asked: Asked & { readonly live: readonly LiveRelease[]; readonly all: readonly Definition[] },
): readonly string[] {
  const { definition, column, reading, live, all } = asked
  if (column === null)
    return liveDependants(definition, {
      current: all,
      remaining: all.filter(each => refOf(each) !== definition),
      facts,
      builds,
    })
  return [
    ...[...reading].filter(ref => ref !== definition).map(ref => `${ref} rests on it`),
    ...live.map(each => `release ${each.number} of deployment "${each.deployment}" answers with it`),
  ]
}
