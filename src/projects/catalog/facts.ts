import type { Definition, DefinitionRef, FeatureViewData } from '../../definitions/index.ts'
import type { CheckReport, SkewReport, TrainingSetRecord } from '../../features/index.ts'
import type { Micros } from '../../kernel/time.ts'
import { parseSchedule } from '../../pipelines/index.ts'
import { applied } from '../closures.ts'
import { outlinePipelines } from '../compile-pipelines.ts'
import type { BuildRecord, CurrentDefinition } from '../ports.ts'
import { classOf } from './classes.ts'
import { servedBy } from './impact.ts'
import type { Loaded } from './loaded.ts'
import { membersOf } from './members.ts'
import type { CatalogMark, LiveFacts, Usage } from './model.ts'
import { leakDoubts } from './safety.ts'
import { usageOf } from './usage.ts'
import { freshnessOf, type MaterializationFact } from './view-facts.ts'

/** What is said of a definition in a list: marks with a sentence each, and who uses it. */
export function standingOf(
  { definition, ref }: Pick<CurrentDefinition, 'definition' | 'ref'>,
  loaded: Loaded,
  runs: { readonly newest: readonly MaterializationFact[]; readonly now: Micros },
): { readonly marks: readonly CatalogMark[]; readonly reasons: readonly string[]; readonly usage: Usage } {
  const usage = usageOf(loaded.graph, ref, loaded.facts)
  const found: (readonly [CatalogMark, string])[] = []
  const stale = definition.kind === 'featureView' ? staleWords(definition, runs) : null
  if (stale !== null) found.push(['stale', stale])
  const idle = idleWords(definition, usage)
  if (idle) found.push(idle)
  const doubts = leakDoubts(definition, loaded.definitions)
  if (doubts.length > 0) found.push(['unsafe', doubts.join('; ')])
  return { marks: found.map(([mark]) => mark), reasons: found.map(([, why]) => why), usage }
}

function staleWords(
  view: FeatureViewData,
  { newest, now }: { readonly newest: readonly MaterializationFact[]; readonly now: Micros },
): string | null {
  const { state, limit } = freshnessOf(view, newest, now)
  if (state === 'never')
    return newest.length === 0 ? 'it has never been filled' : 'no row has been merged into it yet'
  return state === 'late' ? `its newest row is older than ${limit}` : null
}

function idleWords({ kind }: Definition, usage: Usage): readonly [CatalogMark, string] | null {
  if (usage.state === 'live') return null
  if (kind === 'deployment') return ['idle', 'no release of it answers']
  if (usage.state !== 'unused') return ['idle', 'no deployment that answers now rests on it']
  return usage.views.length > 0
    ? ['unused', 'feature views read it, no training set does']
    : ['unused', 'nothing is made from it']
}

/** Columns, features or outputs with their class and who uses each. */
export function memberFacts(
  definition: Definition,
  ref: DefinitionRef,
  { graph, definitions, facts }: Loaded,
) {
  const classes = classOf(graph, definitions)
  const declared = new Map(membersOf(definition).map(each => [each.name, each]))
  const inGraph = [...graph.nodes.values()].filter(each => each.definition === ref && each.column !== null)
  const names = new Set([...declared.keys(), ...inGraph.map(each => each.column ?? '')])
  return [...names].map(name => {
    const [id, own] = [`${ref}.${name}`, declared.get(name)]
    const node = graph.nodes.get(id)
    return {
      name,
      type: own?.type ?? node?.type ?? '',
      description: own?.description ?? null,
      unit: own?.unit ?? null,
      pii: own?.pii ?? (node ? classes(id) : null),
      meaning: own?.meaning ?? null,
      usage: node && definition.kind !== 'model' ? usageOf(graph, id, facts) : null,
    }
  })
}

/** When a view is filled by itself. */
export function scheduleOf(view: FeatureViewData, { current }: Loaded, now: Micros) {
  if (view.schedule === undefined) return null
  const pipeline = outlinePipelines(applied(current)).find(each => each.name.endsWith(`-${view.name}`))
  const name = pipeline?.name ?? view.name
  return { text: view.schedule, pipeline: name, nextAt: parseSchedule(view.schedule, name).next(now) }
}

export interface CheckFact {
  readonly at: Micros
  readonly pipelineRun: string | null
  readonly report: CheckReport
}

export function checkFact(build: BuildRecord | undefined): CheckFact | null {
  if (!build) return null
  return { at: build.at, pipelineRun: build.pipelineRun, report: build.report as unknown as CheckReport }
}

/** What the last replay of a deployment says of one view. */
export function skewFact(deployment: string, view: string, { report, at }: BuildRecord) {
  const told = (report as unknown as { readonly report: SkewReport }).report
  const of = told.features.filter(each => each.view?.split('@')[0] === view)
  const differing = of.filter(each => each.mismatch + each.missing + each.extra + each.status_mismatch > 0)
  return {
    deployment,
    at,
    verdict: told.verdict,
    requests: told.requests,
    differing: differing.map(each => each.feature),
  }
}

/** A stored build with the models that were trained on it. */
export function buildFact(record: TrainingSetRecord, facts: LiveFacts) {
  return {
    record,
    trained: facts.versions
      .filter(each => each.trainingSet === record.id)
      .map(each => ({ ...each, live: servedBy(each, facts) })),
  }
}
