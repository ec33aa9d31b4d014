import {
  closureOf,
  type Definition,
  type DefinitionRef,
  dependenciesOf,
  refOf,
} from '../../definitions/index.ts'
import type { BuildRecord } from '../ports.ts'
import type { LiveFacts, TrainedVersion } from './model.ts'
import { restsOn } from './usage.ts'

export interface Standing {
  /** What stands now. */
  readonly current: readonly Definition[]
  /** What would stand without the deleted ones. */
  readonly remaining: readonly Definition[]
  readonly facts: LiveFacts
  /** Stored builds of training sets. */
  readonly builds: readonly BuildRecord[]
}

/** Why a definition cannot be deleted, one sentence for each thing that is live and depends on it; none: it can. */
export function liveDependants(ref: DefinitionRef, standing: Standing): readonly string[] {
  return [...usersLeft(ref, standing), ...releases(ref, standing), ...setsInUse(ref, standing)]
}

function usersLeft(ref: DefinitionRef, { remaining }: Standing): readonly string[] {
  return remaining
    .filter(each => dependenciesOf(each).includes(ref))
    .map(each => `${refOf(each)} is made from it`)
}

function releases(ref: DefinitionRef, { current, facts }: Standing): readonly string[] {
  return facts.releases
    .filter(release => {
      const deployment: DefinitionRef = `deployment:${release.deployment}`
      if (ref === deployment) return false
      return restsOn(release, ref) || below(deployment, current).has(ref)
    })
    .map(
      ({ deployment, number, model, modelVersion, state }) =>
        `release ${number} of deployment "${deployment}" (${state}) answers with it, by ${model} v${modelVersion}`,
    )
}

/** Sets behind a model version that serves, or that an alias of a model which stays points at. */
function setsInUse(ref: DefinitionRef, { current, remaining, facts, builds }: Standing): readonly string[] {
  return builds.flatMap(build => {
    if (build.ref !== ref && !below(build.ref, current).has(ref)) return []
    return facts.versions
      .filter(version => version.trainingSet === build.id && isInUse(version, remaining, facts))
      .map(
        version =>
          `${version.model} v${version.version}${aliasWords(version)} was trained on ${build.ref.slice('trainingSet:'.length)} (${build.id})`,
      )
  })
}

function isInUse(
  version: TrainedVersion,
  remaining: readonly Definition[],
  { releases }: LiveFacts,
): boolean {
  const serves = releases.some(each => each.model === version.model && each.modelVersion === version.version)
  const stays = remaining.some(each => each.kind === 'model' && each.name === version.model)
  return serves || (stays && version.aliases.length > 0)
}

function aliasWords({ aliases }: TrainedVersion): string {
  return aliases.length === 0 ? '' : ` (${aliases.join(', ')})`
}

function below(ref: DefinitionRef, current: readonly Definition[]): ReadonlySet<DefinitionRef> {
  return new Set(
    closureOf(current, [ref])
      .map(refOf)
      .filter(each => each !== ref),
  )
}
