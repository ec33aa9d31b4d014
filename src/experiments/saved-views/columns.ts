type Kind = 'metrics' | 'params' | 'tags'

const aggregates = /^(.+)\.(?:min|max|first|last)$/

/** The names of logged keys that a column may mean; undefined for an attribute of the run. */
export function keysOfColumn(
  column: string,
): { readonly kind: Kind; readonly keys: readonly string[] } | undefined {
  const match = /^(metrics|params|tags)\.(?:`([^`]*)`(?:\.(?:min|max|first|last))?|(.+))$/.exec(column)
  if (match === null) return undefined
  const [, kind, quoted, plain = ''] = match
  if (quoted !== undefined) return { kind: kind as Kind, keys: [quoted] }
  // `metrics.loss.min` is the least loss, or the last value of a key that is called so.
  const base = kind === 'metrics' ? aggregates.exec(plain)?.[1] : undefined
  return { kind: kind as Kind, keys: base === undefined ? [plain] : [plain, base] }
}
