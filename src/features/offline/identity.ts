import { canonicalJson, type Json, sha256Hex } from '../../kernel/canonical.ts'
import type { Micros } from '../../kernel/time.ts'
import type { SourceVersion, TrainingSetClosure } from '../model.ts'
import { semanticClosure } from './semantic-closure.ts'

export interface TrainingSetIdentity {
  readonly closure: TrainingSetClosure
  readonly versions: Readonly<Record<string, SourceVersion>>
  readonly asOf: Micros
  readonly parameters?: Json
  /** Start of the build; part of the id only when an input has no version. */
  readonly started: Micros
}

/**
 * Id of a training set (features.md §7.7), known before anything is read: equal ids mean equal rows. With an unversioned
 * input no two builds share one.
 */
export function identifyTrainingSet({ closure, versions, asOf, parameters, started }: TrainingSetIdentity): {
  readonly id: string
  readonly definition: string
  readonly reproducible: boolean
} {
  const definition = semanticClosure(closure)
  const reproducible = !Object.values(versions).includes('unversioned')
  const identity = {
    definition,
    sources: versions,
    asOf: asOf.toString(),
    parameters: parameters ?? {},
    ...(reproducible ? {} : { started: started.toString() }),
  }
  return { id: `ds-${sha256Hex(canonicalJson(identity)).slice(0, 32)}`, definition, reproducible }
}
