import { FettleError } from '../kernel/errors/index.ts'
import type { ModelFile, ModelFormat, ModelVersion, Signature } from './model.ts'

/** A version that has what a release is made of. */
export type ReleasableVersion = ModelVersion & {
  readonly signature: Signature
  readonly format: ModelFormat
}

type Described = {
  readonly signature: object | null
  readonly format: string
  readonly files: readonly Pick<ModelFile, 'path'>[]
}

/** What a version lacks to be scored here, in words; empty when nothing. */
export function lackedForScoring({ signature, format, files }: Described): string[] {
  return [
    ...(signature === null ? ['a signature: log the model with one'] : []),
    ...(format === 'mlflow' ? ['a format that is scored here: linear, or one file model.onnx'] : []),
    ...(files.length === 0 ? ['files in this store: register it from a run or a logged model'] : []),
  ]
}

/** What a version lacks to be released, in words; empty when nothing. */
export function lackedForRelease(version: Described): string[] {
  return [
    ...lackedForScoring(version),
    ...(version.files.some(({ path }) => path === 'model.json')
      ? []
      : ['model.json, with rows to test the scorer by and their scores']),
  ]
}

/** Throws VERSION_INCOMPLETE, which lists all that is missing. */
export function assertReleasable(version: ModelVersion): asserts version is ReleasableVersion {
  const lacked = lackedForRelease(version)
  if (lacked.length > 0)
    throw new FettleError(
      'VERSION_INCOMPLETE',
      `Version ${version.version} of "${version.model}" cannot be released: it lacks ${lacked.join('; ')}`,
      { details: { lacked } },
    )
}
