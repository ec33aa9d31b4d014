import { contentHash, type Json } from '../kernel/canonical.ts'
import { sourcesRead } from './check/check-source.ts'
import type { CheckData, Definition, DefinitionRef } from './model.ts'

const descriptiveKeys = new Set([
  'description',
  'owner',
  'tags',
  'unit',
  'freshness',
  'schedule',
  'severity',
  'reason',
  'expires',
])

export function refOf(definition: Pick<Definition, 'kind' | 'name'>): DefinitionRef {
  return `${definition.kind}:${definition.name}`
}

/** What a definition refers to directly, in a fixed order. */
export function dependenciesOf(definition: Definition): readonly DefinitionRef[] {
  switch (definition.kind) {
    case 'entity':
      return []
    case 'source':
      return [
        ...sourcesRead(definition).map((name): DefinitionRef => `source:${name}`),
        ...checkedAgainst(definition),
      ]
    case 'featureView':
      return [
        ...(definition.entity === null ? [] : [`entity:${definition.entity}` as const]),
        `source:${definition.source}`,
        ...checkedAgainst(definition),
      ]
    case 'onDemand':
      return []
    case 'trainingSet':
      return [
        `source:${definition.spine.source}`,
        ...new Set(definition.lookups.map((lookup): DefinitionRef => `featureView:${lookup.view}`)),
        ...definition.onDemand.map((name): DefinitionRef => `onDemand:${name}`),
        ...(definition.label.kind === 'later' ? [`source:${definition.label.source}` as const] : []),
        ...checkedAgainst(definition),
      ]
    case 'model':
      return [`trainingSet:${definition.trainingSet}`]
    case 'deployment':
      return [`model:${definition.model}`]
    case 'batch':
      return [
        `deployment:${definition.deployment}`,
        'source' in definition.rows
          ? `source:${definition.rows.source}`
          : `trainingSet:${definition.rows.trainingSet}`,
      ]
  }
}

/** Sources that the checks of a definition name; its own is none. */
function checkedAgainst({
  name,
  checks = [],
}: {
  name: string
  checks?: readonly CheckData[]
}): DefinitionRef[] {
  const named = checks.flatMap(({ params: { source } }) =>
    typeof source === 'string' && source !== name ? [source] : [],
  )
  return [...new Set(named)].map((source): DefinitionRef => `source:${source}`)
}

/** The definition as data without what only describes it. */
export function semanticBody(definition: Definition): Json {
  return strip(definition as unknown as Json)
}

function strip(value: Json): Json {
  if (Array.isArray(value)) return value.map(strip)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) =>
      descriptiveKeys.has(key) || member === undefined ? [] : [[key, strip(member)]],
    ),
  )
}

export interface DefinitionHashes {
  /** Over the meaning, its own and that of everything it refers to: what is computed changes iff this changes. */
  readonly semantic: string
  /** Over the meaning of the definition alone. */
  readonly own: string
  /** Over everything written, descriptions included. */
  readonly descriptive: string
}

/** Hashes of every definition. Order of files and of exports does not matter; a dependency that is missing counts as such. */
export function hashDefinitions(
  definitions: readonly Definition[],
): ReadonlyMap<DefinitionRef, DefinitionHashes> {
  const byRef = new Map(definitions.map(each => [refOf(each), each]))
  const hashes = new Map<DefinitionRef, DefinitionHashes>()
  const visit = (ref: DefinitionRef, open: ReadonlySet<DefinitionRef>): string => {
    const known = hashes.get(ref)
    if (known) return known.semantic
    const definition = byRef.get(ref)
    if (!definition || open.has(ref)) return 'missing'
    const parents = dependenciesOf(definition).map(
      parent => [parent, visit(parent, new Set([...open, ref]))] as const,
    )
    const body = semanticBody(definition)
    const semantic = contentHash({ body, parents: Object.fromEntries(parents) })
    hashes.set(ref, {
      semantic,
      own: contentHash(body),
      descriptive: contentHash(definition as unknown as Json),
    })
    return semantic
  }
  for (const ref of byRef.keys()) visit(ref, new Set())
  return hashes
}

/** Everything the given definitions lead to, themselves included, dependencies first. */
export function closureOf(
  definitions: readonly Definition[],
  roots: readonly DefinitionRef[],
): readonly Definition[] {
  const byRef = new Map(definitions.map(each => [refOf(each), each]))
  const ordered: Definition[] = []
  const seen = new Set<DefinitionRef>()
  const visit = (ref: DefinitionRef): void => {
    const definition = byRef.get(ref)
    if (!definition || seen.has(ref)) return
    seen.add(ref)
    for (const parent of dependenciesOf(definition)) visit(parent)
    ordered.push(definition)
  }
  for (const root of roots) visit(root)
  return ordered
}
