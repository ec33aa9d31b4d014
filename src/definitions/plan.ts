import { contentHash, type Json } from '../kernel/canonical.ts'
import type { Definition, DefinitionKind, DefinitionRef, FeatureViewData, Project } from './model.ts'
import { type Definitions, warningsOf } from './plan-warnings.ts'
import { dependenciesOf, hashDefinitions, refOf, semanticBody } from './semantic-hash.ts'
import { type PlanFacts, type ViewImpact, viewImpact } from './view-impact.ts'

/** A definition as applied: content under a version number that never changes. */
export interface AppliedDefinition {
  readonly ref: DefinitionRef
  readonly version: number
  readonly semanticHash: string
  readonly descriptiveHash: string
  readonly definition: Definition
}

export type ChangeAction = 'create' | 'update' | 'describe' | 'delete' | 'none'

export interface Change {
  readonly ref: DefinitionRef
  readonly kind: DefinitionKind
  readonly name: string
  readonly action: ChangeAction
  /** Version after apply. */
  readonly version: number
  /** A changed key, type or event time: consumers cannot go on unchanged. */
  readonly breaking: boolean
  readonly diff: readonly string[]
  readonly affects: readonly DefinitionRef[]
  readonly warnings: readonly string[]
  /** Of a view that is new or has changed: what filling it takes. null without facts about data. */
  readonly impact: ViewImpact | null
  readonly location: string | null
  readonly semanticHash: string
  readonly descriptiveHash: string
}

export interface ProjectPlan {
  /** Hash over base and changes: what is approved is what is applied. */
  readonly id: string
  readonly base: string
  readonly project: string
  readonly changes: readonly Change[]
}

/** Identity of what is applied now: a plan made on it is stale once it differs. */
export function baseOf(applied: readonly AppliedDefinition[]): string {
  return contentHash(
    applied
      .map(each => [each.ref, each.version, each.descriptiveHash])
      .sort((a, b) => (String(a[0]) < String(b[0]) ? -1 : 1)),
  )
}

/**
 * What applying a project would change; pure. Same content is no change, also under other file order. With `facts` about
 * data, changes say what they cost; facts never enter the plan's id.
 */
export function planProject(
  project: Project,
  applied: readonly AppliedDefinition[],
  facts?: PlanFacts,
): ProjectPlan {
  const definitions = new Map(project.definitions.map(each => [refOf(each), each]))
  const hashes = hashDefinitions(project.definitions)
  const before = new Map(applied.map(each => [each.ref, each]))
  const wanted = new Set(project.definitions.map(refOf))
  const changes = project.definitions.map(definition => {
    const ref = refOf(definition)
    const own = hashes.get(ref) ?? { semantic: '', descriptive: '', own: '' }
    return changeOf(definition, before.get(ref), {
      ...own,
      location: project.locations[ref] ?? null,
      affects: usersOf(ref, project.definitions),
      warnings: warningsOf(definition, definitions, facts),
      impact: facts && definition.kind === 'featureView' ? impactOf(definition, definitions, facts) : null,
    })
  })
  const deletions = applied
    .filter(each => !wanted.has(each.ref))
    .map(each => deletionOf(each, usersOf(each.ref, project.definitions)))
  const all = [...changes, ...deletions].sort((a, b) => order(a) - order(b) || (a.ref < b.ref ? -1 : 1))
  const base = baseOf(applied)
  const id = contentHash({
    base,
    changes: all.map(each => [each.ref, each.action, each.version, each.descriptiveHash]),
  })
  return { id, base, project: project.name, changes: all }
}

/** Every kind there is; a plan lists changes in this order, what others build on first. */
export const definitionKinds: readonly DefinitionKind[] = [
  'entity',
  'source',
  'featureView',
  'onDemand',
  'trainingSet',
  'model',
  'deployment',
  'batch',
]

function order(change: Change): number {
  return definitionKinds.indexOf(change.kind)
}

interface ChangeFacts {
  readonly semantic: string
  readonly descriptive: string
  readonly location: string | null
  readonly affects: readonly DefinitionRef[]
  readonly warnings: readonly string[]
  readonly impact: ViewImpact | null
}

function impactOf(view: FeatureViewData, definitions: Definitions, facts: PlanFacts): ViewImpact {
  const sources = [...definitions.values()].filter(each => each.kind === 'source')
  return {
    ...viewImpact(view, new Map(sources.map(each => [each.name, each])), facts),
    consumers: usersOf(refOf(view), [...definitions.values()]),
  }
}

function changeOf(definition: Definition, before: AppliedDefinition | undefined, facts: ChangeFacts): Change {
  const shared = {
    ref: refOf(definition),
    kind: definition.kind,
    name: definition.name,
    location: facts.location,
    semanticHash: facts.semantic,
    descriptiveHash: facts.descriptive,
    warnings: facts.warnings,
  }
  if (!before)
    return {
      ...shared,
      action: 'create',
      version: 1,
      breaking: false,
      diff: [],
      affects: [],
      impact: facts.impact,
    }
  const moved = before.semanticHash !== facts.semantic
  const action: ChangeAction = moved
    ? 'update'
    : before.descriptiveHash === facts.descriptive
      ? 'none'
      : 'describe'
  const diff =
    action === 'none'
      ? []
      : differences(before.definition as unknown as Json, definition as unknown as Json, '')
  return {
    ...shared,
    action,
    version: moved ? before.version + 1 : before.version,
    breaking: moved && isBreaking(before.definition, definition),
    diff: diff.length === 0 && moved ? ['something it refers to has changed'] : diff,
    affects: moved ? facts.affects : [],
    impact: moved ? facts.impact : null,
  }
}

function deletionOf(applied: AppliedDefinition, affects: readonly DefinitionRef[]): Change {
  const { definition } = applied
  return {
    ref: applied.ref,
    kind: definition.kind,
    name: definition.name,
    action: 'delete',
    version: applied.version,
    breaking: true,
    diff: [],
    affects,
    warnings: [],
    impact: null,
    location: null,
    semanticHash: applied.semanticHash,
    descriptiveHash: applied.descriptiveHash,
  }
}

/** Everything that uses a definition, directly or through others. */
export function usersOf(ref: DefinitionRef, definitions: readonly Definition[]): readonly DefinitionRef[] {
  const users = new Set<DefinitionRef>()
  const visit = (target: DefinitionRef): void => {
    for (const each of definitions) {
      const user = refOf(each)
      if (!users.has(user) && dependenciesOf(each).includes(target)) {
        users.add(user)
        visit(user)
      }
    }
  }
  visit(ref)
  return [...users].sort()
}

function isBreaking(before: Definition, after: Definition): boolean {
  const shape = (definition: Definition): Json => {
    switch (definition.kind) {
      case 'entity':
        return semanticBody(definition)
      case 'source':
        return {
          columns: definition.columns.map(({ name, type }) => [name, type]),
          eventTime: definition.eventTime,
        }
      case 'featureView':
        return {
          entity: definition.entity,
          features: definition.features.map(({ name, type }) => [name, type]),
        }
      default:
        return null
    }
  }
  return contentHash(shape(before)) !== contentHash(shape(after))
}

/** Lines `path before → after`; array members are matched by name where they have one. */
function differences(before: Json | undefined, after: Json | undefined, path: string): readonly string[] {
  if (before !== undefined && after !== undefined && contentHash(before) === contentHash(after)) return []
  const [a, b] = [members(before), members(after)]
  if (!a || !b) return [`${path} ${show(before)} → ${show(after)}`]
  const keys = [...new Set([...a.keys(), ...b.keys()])]
  return keys.flatMap(key => differences(a.get(key), b.get(key), path === '' ? key : `${path}.${key}`))
}

function members(value: Json | undefined): ReadonlyMap<string, Json> | undefined {
  if (value === undefined || value === null || typeof value !== 'object') return undefined
  if (!Array.isArray(value))
    return new Map(Object.entries(value).filter((entry): entry is [string, Json] => entry[1] !== undefined))
  const named = value.map((member, index): [string, Json] => [nameOf(member) ?? String(index), member])
  return new Map(named)
}

function nameOf(value: Json): string | undefined {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return undefined
  const named = value as { readonly name?: Json; readonly as?: Json }
  const name = named.as ?? named.name
  return typeof name === 'string' ? name : undefined
}

function show(value: Json | undefined): string {
  if (value === undefined) return '(none)'
  const text = typeof value === 'string' ? value : JSON.stringify(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}
