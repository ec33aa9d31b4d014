import { contentHash, type Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { ModelVersion } from './model.ts'

/** Everything of a version but its number, its time and the runs it came from. */
export type VersionContent = Omit<
  ModelVersion,
  'model' | 'version' | 'createdAt' | 'digest' | 'experimentRun' | 'pipelineRun'
>

/**
 * contentHash of the content, files by path: two registrations with equal digests are the same content. `location`
 * stands in for files that are kept elsewhere.
 */
export function versionDigest(content: VersionContent, location?: string): string {
  const { format, signature, metrics, trainingSet, environment, files, evaluation } = content
  const sorted = [...files].sort((a, b) => (a.path < b.path ? -1 : 1))
  try {
    return contentHash({
      format,
      signature,
      metrics,
      trainingSet,
      environment,
      files: sorted,
      evaluation,
      ...(location === undefined ? {} : { location }),
    } as unknown as Json)
  } catch (error) {
    throw new FettleError('MODEL_INVALID', 'A number of the version is NaN or infinite', {
      hint: 'Say { undefined: reason } for a metric that has no value.',
      cause: error,
    })
  }
}
