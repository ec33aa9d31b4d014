/**
 * A version's source as it reads where its files have come along: a path into a run's or logged model's files names them by
 * id, whichever disk or server they were on. Anything else stays.
 */
export function heldSource(source: string): string {
  if (/^(?:runs|models):/.test(source)) return source
  const [, model] = /\/models\/(m-[0-9a-f]{32})\/artifacts\/?$/.exec(source) ?? []
  if (model !== undefined) return `models:/${model}`
  const [, run, path] = /\/([0-9a-f]{32})\/artifacts\/(.+)$/.exec(source) ?? []
  return run === undefined ? source : `runs:/${run}/${path}`
}
