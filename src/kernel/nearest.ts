/** The candidates nearest to what was written come first; equals in the order of their text. */
export function nearestFirst(written: string, candidates: readonly string[]): readonly string[] {
  return ranked(written, candidates).map(each => each.candidate)
}

/** The candidate that was probably meant: the nearest one, if at most a third of what was written would change. */
export function nearest(written: string, candidates: readonly string[]): string | undefined {
  const [best] = ranked(written, candidates)
  const bound = Math.max(1, Math.floor(written.length / 3))
  return best !== undefined && best.distance <= bound ? best.candidate : undefined
}

interface Ranked {
  readonly candidate: string
  readonly distance: number
}

function ranked(written: string, candidates: readonly string[]): readonly Ranked[] {
  return candidates
    .map(candidate => ({ candidate, distance: editDistance(written, candidate) }))
    .sort((a, b) => a.distance - b.distance || (a.candidate < b.candidate ? -1 : 1))
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, index) => index)]
  const at = (i: number, j: number) => rows[i]?.[j] ?? 0
  for (let i = 1; i <= a.length; i++) {
    rows.push([i])
    for (let j = 1; j <= b.length; j++) {
      const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const swapped =
        i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? at(i - 2, j - 2) + 1 : replaced
      rows[i]?.push(Math.min(replaced, swapped, at(i - 1, j) + 1, at(i, j - 1) + 1))
    }
  }
  return at(a.length, b.length)
}
