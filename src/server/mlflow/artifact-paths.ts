import { FettleError } from '../../kernel/errors/index.ts'

/** The path of a file behind `base` in a request's address, decoded once. Throws ARTIFACT_PATH_INVALID. */
export function artifactPathOf(url: string, base: string): string {
  const raw = url.slice(base.length).split('?', 1)[0] ?? ''
  try {
    return decodeURIComponent(raw)
  } catch {
    throw new FettleError(
      'ARTIFACT_PATH_INVALID',
      `the path ${raw.slice(0, 200)} is not percent-encoded UTF-8`,
    )
  }
}
