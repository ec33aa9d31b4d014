import type { z } from 'zod'
import type {
  ColumnLineage,
  DefinitionFacts,
  definitionKind,
  Impact,
  SearchHit,
  Usage,
} from '../../api/catalog.ts'
import type { ExplainedTrainingRow, SampleRows } from '../../api/catalog-rows.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { CatalogService } from '../../projects/index.ts'
import { definitionToWire } from './catalog.ts'
import { timestampOrNull } from './time.ts'

type Answer<Name extends keyof CatalogService> = Awaited<ReturnType<CatalogService[Name]>>
type Facts = Answer<'definitionFacts'>

export function searchHitToWire(hit: Answer<'search'>['items'][number]): SearchHit {
  const { score, matched, marks, usage } = hit
  return { ...definitionToWire(hit), score, matched: [...matched], marks: [...marks], usage }
}

export function factsToWire({
  ref,
  marks,
  reasons,
  usage,
  members,
  checks,
  view,
  source,
  builds,
}: Facts): DefinitionFacts {
  return {
    ref,
    marks: [...marks],
    reasons: [...reasons],
    usage: usageToWire(usage),
    members: members.map(each => ({ ...each, usage: each.usage && usageToWire(each.usage) })),
    checks: checks && checksToWire(checks),
    view: view && viewToWire(view),
    source: source && {
      contentVersion: source.version,
      problem: source.problem,
      rows: source.rows,
      bytes: source.bytes,
      knownAt: knownWords(source.knownAt),
    },
    builds: builds?.map(buildToWire) ?? null,
  }
}

function usageToWire({ state, views, trainingSets, models, live }: Facts['usage']): Usage {
  return {
    state,
    views: [...views],
    trainingSets: [...trainingSets],
    models: [...models],
    live: [...live],
  }
}

function checksToWire({ at, pipelineRun, report }: NonNullable<Facts['checks']>): DefinitionFacts['checks'] {
  return {
    at: formatTimestamp(at),
    pipelineRun,
    verdict: report.verdict,
    rows: report.rows,
    results: report.results.map(({ name, severity, state, found, samples }) => ({
      name,
      severity,
      state,
      found,
      samples: samples ? { columns: [...samples.columns], rows: samples.rows.map(row => [...row]) } : null,
    })),
    quarantined: report.quarantine?.rows ?? null,
  }
}

type Run = NonNullable<Facts['view']>['runs'][number]
type WireView = NonNullable<DefinitionFacts['view']>

function viewToWire({ runs, freshness, schedule, skew }: NonNullable<Facts['view']>): WireView {
  const [last] = runs
  return {
    servedVersion: last?.version ?? null,
    generation: last?.generation ?? null,
    watermark: timestampOrNull(last?.watermark ?? null),
    freshness: { ...freshness, newestKnown: timestampOrNull(freshness.newestKnown) },
    last: last ? runToWire(last) : null,
    history: runs.map(runToWire),
    schedule: schedule && { ...schedule, nextAt: timestampOrNull(schedule.nextAt) },
    skew: skew.map(each => ({ ...each, at: formatTimestamp(each.at), differing: [...each.differing] })),
  }
}

function runToWire({ watermark: _, newestKnown: __, at, skipped, ...run }: Run): WireView['history'][number] {
  return { ...run, at: formatTimestamp(at), skipped: { ...skipped } }
}

function knownWords(known: NonNullable<Facts['source']>['knownAt']): string {
  switch (known?.kind) {
    case undefined:
      return 'its rows have no time'
    case 'column':
      return `column ${known.column}`
    case 'delay':
      return `${known.delay} after it happens`
    case 'ingest':
      return 'when it is written to us'
    case 'event':
      return 'when it happens'
    case 'assumed':
      return 'assumed: when it happens'
  }
}

type Trained = NonNullable<Facts['builds']>[number]['trained'][number]

function trainedToWire({ model, version, aliases, live }: Trained): Impact['models'][number] {
  return { model, version, aliases: [...aliases], live: [...live] }
}

function buildToWire({
  record,
  trained,
}: NonNullable<Facts['builds']>[number]): NonNullable<DefinitionFacts['builds']>[number] {
  const { id, number, definitionVersion, at, pipelineRun, manifest } = record
  const { asOf, rows, checksum, excluded, splits, statuses } = manifest
  return {
    id,
    number,
    definitionVersion,
    at: formatTimestamp(at),
    pipelineRun,
    asOf,
    rows,
    checksum,
    excluded: { ...excluded },
    splits: { ...splits },
    statuses: Object.fromEntries(Object.entries(statuses).map(([name, counts]) => [name, { ...counts }])),
    trained: trained.map(trainedToWire),
  }
}

export function impactToWire(impact: Answer<'impact'>): Impact {
  const { of, change, definitions, recomputes, trainingSets, models, live, blockers } = impact
  return {
    of,
    change,
    definitions: definitions.map(each => ({ ...each })),
    recomputes,
    trainingSets: trainingSets.map(({ id, name, number }) => ({ id, name, number })),
    models: models.map(trainedToWire),
    live: live.map(({ deployment, number, model, modelVersion }) => ({
      deployment,
      release: number,
      model,
      modelVersion,
    })),
    removable: blockers.length === 0,
    blockers: [...blockers],
  }
}

export function columnLineageToWire({ of, nodes, edges, unknown }: Answer<'columnLineage'>): ColumnLineage {
  return {
    of,
    nodes: nodes.map(({ id, definition, column, type, state }) => {
      const at = definition.indexOf(':')
      const kind = definition.slice(0, at) as z.infer<typeof definitionKind>
      return { id, definition, kind, name: definition.slice(at + 1), column, type, state }
    }),
    edges: edges.map(({ from, to, how }) => ({ from, to, how })),
    unknown: unknown.map(each => ({ ...each })),
  }
}

export function sampleToWire(sample: Answer<'sampleRows'>): SampleRows {
  return {
    ...sample,
    columns: sample.columns.map(each => ({ ...each })),
    hidden: [...sample.hidden],
    rows: sample.rows.map(row => [...row]),
  }
}

/** The explanation is plain JSON already; its arrays are copied out of their readonly types. */
export function explanationToWire(explained: Answer<'explainTrainingRow'>): ExplainedTrainingRow {
  return structuredClone(explained) as unknown as ExplainedTrainingRow
}
