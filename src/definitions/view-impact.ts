import { sourcesRead } from './check/check-source.ts'
import type { Definition, DefinitionRef, FeatureViewData, SourceData } from './model.ts'

/** What is known of the files of a source. */
export interface SourceSize {
  readonly bytes: number
  /** null where only reading would tell. */
  readonly rows: number | null
  /** The file that is not there. */
  readonly missing: string | null
}

/** What the newest materialization of a view did. */
export interface LastLoad {
  readonly read: number
  readonly keys: number
  /** Bytes in the online store. */
  readonly bytes: number
  readonly seconds: number
}

/** What a plan is told of data and stores; definitions alone do not know it. */
export interface PlanFacts {
  readonly sizes: ReadonlyMap<string, SourceSize>
  /** By view name. */
  readonly loads: ReadonlyMap<string, LastLoad>
}

/** What filling a new version of a view takes (features.md §13.3). null: not known. */
export interface ViewImpact {
  /** Files below the view's source, each counted once. */
  readonly bytes: number | null
  readonly rows: number | null
  readonly seconds: number | null
  readonly onlineBytes: number | null
  /** How these numbers were come by. */
  readonly basis: string
  /** Training sets, models and deployments that use the view, directly or through others. */
  readonly consumers: readonly DefinitionRef[]
}

/** Rows a second when no view of the project was ever loaded: what one laptop core does. */
const assumedRate = 250_000

export function viewImpact(
  view: FeatureViewData,
  sources: ReadonlyMap<string, SourceData>,
  { sizes, loads }: PlanFacts,
): Omit<ViewImpact, 'consumers'> {
  const files = filesBelow(view.source, sources).map(name => sizes.get(name))
  const known = files.flatMap(size => (size && size.missing === null ? [size] : []))
  const bytes = known.length === files.length && files.length > 0 ? sum(known.map(size => size.bytes)) : null
  // A join reads each of its files once, and has as many rows as the longest of them, if they are all counted.
  const counted = known.flatMap(size => (size.rows === null ? [] : [size.rows]))
  const last = loads.get(view.name)
  const rows = last?.read ?? (counted.length > 0 ? Math.max(...counted) : null)
  const rate = last ? rateOf(last) : meanRate(loads)
  return {
    bytes,
    rows,
    seconds: rows === null ? null : rows / (rate ?? assumedRate),
    onlineBytes: last?.bytes ?? null,
    basis: basisOf({ last, measured: rate !== null, counted: counted.length > 0 }),
  }
}

function basisOf(given: { last: LastLoad | undefined; measured: boolean; counted: boolean }): string {
  if (given.last) return 'as the last version was loaded'
  if (!given.counted) return 'rows are not known before they are read'
  return `rows by the files, time ${given.measured ? 'at the rate of views loaded before' : 'at an assumed 250 000 rows a second'}`
}

/** Names of the sources without SQL that a source leads to, itself included. */
function filesBelow(name: string, sources: ReadonlyMap<string, SourceData>): readonly string[] {
  const found = new Set<string>()
  const seen = new Set<string>()
  const visit = (each: string): void => {
    if (seen.has(each)) return
    seen.add(each)
    const source = sources.get(each)
    if (source?.from.kind === 'sql') for (const next of sourcesRead(source)) visit(next)
    else if (source) found.add(each)
  }
  visit(name)
  return [...found]
}

function rateOf({ read, seconds }: LastLoad): number | null {
  return read > 0 && seconds > 0 ? read / seconds : null
}

function meanRate(loads: ReadonlyMap<string, LastLoad>): number | null {
  const all = [...loads.values()].filter(load => rateOf(load) !== null)
  return all.length === 0 ? null : sum(all.map(load => load.read)) / sum(all.map(load => load.seconds))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0)
}

/** Sources whose known time nobody declared, among those whose rows a definition's data rest on. */
export function assumedBelow(
  ref: DefinitionRef,
  byRef: ReadonlyMap<DefinitionRef, Definition>,
): readonly string[] {
  const assumed = new Set<string>()
  const visit = (each: DefinitionRef): void => {
    const definition = byRef.get(each)
    switch (definition?.kind) {
      case 'source':
        if (definition.eventTime !== null && definition.knownAt.kind === 'assumed')
          assumed.add(definition.name)
        break
      case 'featureView':
        visit(`source:${definition.source}`)
        break
      case 'trainingSet':
        visit(`source:${definition.spine.source}`)
        for (const lookup of definition.lookups) visit(`featureView:${lookup.view}`)
        if (definition.label.kind === 'later') visit(`source:${definition.label.source}`)
        break
      case 'model':
        visit(`trainingSet:${definition.trainingSet}`)
        break
      case 'deployment':
        visit(`model:${definition.model}`)
        break
      case 'batch':
        visit(`deployment:${definition.deployment}`)
        break
    }
  }
  visit(ref)
  return [...assumed]
}
