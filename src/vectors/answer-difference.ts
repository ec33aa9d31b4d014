/** How far a number may be from the answer: at most max(abs, rel · |answer|). */
export interface Tolerance {
  readonly abs: number
  readonly rel: number
}

interface Comparison {
  readonly tolerance: Tolerance
  /** Numbers are upper bounds: whatever is not above them is right. */
  readonly atMost?: boolean
  readonly path?: string
}

/**
 * Where the found value first differs from the wanted one, as one line; undefined where it does not. Objects may hold
 * more than is wanted, never less. `"NaN"`, `"Infinity"` and `"-Infinity"` stand for those floats.
 */
export function answerDifference(
  found: unknown,
  wanted: unknown,
  { tolerance, atMost = false, path = 'answer' }: Comparison,
): string | undefined {
  if (Array.isArray(wanted)) {
    if (!Array.isArray(found) || found.length !== wanted.length) return mismatch(path, found, wanted)
    return firstOf(wanted.keys(), index =>
      answerDifference(found[index], wanted[index], { tolerance, atMost, path: `${path}[${index}]` }),
    )
  }
  if (isObject(wanted)) {
    if (!isObject(found)) return mismatch(path, found, wanted)
    return firstOf(Object.keys(wanted), key =>
      answerDifference(found[key], wanted[key], { tolerance, atMost, path: `${path}.${key}` }),
    )
  }
  if (atMost && typeof found === 'number' && typeof wanted === 'number' && found <= wanted) return undefined
  return same(found, wanted, tolerance) ? undefined : mismatch(path, found, wanted)
}

function same(found: unknown, wanted: unknown, { abs, rel }: Tolerance): boolean {
  if (typeof wanted === 'number')
    return typeof found === 'number' && Math.abs(found - wanted) <= Math.max(abs, rel * Math.abs(wanted))
  if (typeof found === 'number' && !Number.isFinite(found)) return String(found) === wanted
  return found === wanted
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function firstOf<Key>(
  keys: Iterable<Key>,
  differenceAt: (key: Key) => string | undefined,
): string | undefined {
  for (const key of keys) {
    const difference = differenceAt(key)
    if (difference !== undefined) return difference
  }
  return undefined
}

function mismatch(path: string, found: unknown, wanted: unknown): string {
  return `${path} is ${shown(found)}, expected ${shown(wanted)}`
}

function shown(value: unknown): string {
  if (typeof value === 'number') return Object.is(value, -0) ? '-0' : String(value)
  const text = JSON.stringify(value) ?? 'absent'
  return text.length > 120 ? `${text.slice(0, 119)}…` : text
}
