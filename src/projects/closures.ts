import {
  closureOf,
  type Definition,
  type DefinitionKind,
  type DefinitionRef,
  type FeatureViewData,
  refOf,
} from '../definitions/index.ts'
import { quarantined, type TrainingSetClosure, type ViewClosure } from '../features/index.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { CurrentDefinition } from './ports.ts'

type Of<Kind extends DefinitionKind> = Extract<Definition, { kind: Kind }>

/** The applied definitions, looked up by kind and name. */
export function applied(current: readonly CurrentDefinition[]) {
  const byRef = new Map(current.map(each => [each.ref, each]))
  const definitions = current.map(each => each.definition)
  const get = <Kind extends DefinitionKind>(kind: Kind, name: string): Of<Kind> => {
    const found = byRef.get(`${kind}:${name}`)
    if (!found)
      throw new FettleError('REFERENCE_UNKNOWN', `no ${kind} "${name}" is applied`, {
        hint: 'Apply the project that defines it: fettle apply.',
      })
    return found.definition as Of<Kind>
  }
  const versioned = (view: FeatureViewData) => {
    const record = byRef.get(refOf(view))
    return { ...view, version: record?.version ?? 1, semanticHash: record?.semanticHash ?? '' }
  }
  const below = (...roots: DefinitionRef[]) => closureOf(definitions, roots)
  return { byRef, definitions, get, versioned, below }
}
export type Applied = ReturnType<typeof applied>

function pick<Kind extends DefinitionKind>(
  definitions: readonly Definition[],
  kind: Kind,
): readonly Of<Kind>[] {
  return definitions.filter((each): each is Of<Kind> => each.kind === kind).map(withoutTexts)
}

const texts: ReadonlySet<string> = new Set(['description', 'owner', 'tags'])

/** Without what is only said about it and its columns and features: words must not make a step run again. */
function withoutTexts<Described extends object>(definition: Described): Described {
  const silent = (value: object): object =>
    Object.fromEntries(Object.entries(value).filter(([name]) => !texts.has(name)))
  return Object.fromEntries(
    Object.entries(silent(definition)).map(([name, value]) => [
      name,
      ['key', 'columns', 'features'].includes(name) && Array.isArray(value)
        ? value.map(each => (typeof each === 'object' && each !== null ? silent(each) : each))
        : value,
    ]),
  ) as Described
}

/** A training set with everything it needs, dependencies first. */
export function trainingSetClosure(project: Applied, name: string): TrainingSetClosure {
  const below = project.below(`trainingSet:${name}`)
  return {
    trainingSet: withoutTexts(project.get('trainingSet', name)),
    entities: pick(below, 'entity'),
    sources: pick(below, 'source').map(quarantined),
    views: pick(below, 'featureView').map(project.versioned),
    onDemand: pick(below, 'onDemand'),
  }
}

/** The views that a training set looks up, with what they are made from. */
export function viewClosure(project: Applied, trainingSet: string): ViewClosure {
  return viewsClosure(project, [
    ...new Set(project.get('trainingSet', trainingSet).lookups.map(each => each.view)),
  ])
}

/** Views with what they are made from. */
export function viewsClosure(project: Applied, views: readonly string[]): ViewClosure {
  const below = project.below(...views.map((name): DefinitionRef => `featureView:${name}`))
  return {
    entities: pick(below, 'entity'),
    sources: pick(below, 'source').map(quarantined),
    views: pick(below, 'featureView').map(project.versioned),
  }
}
