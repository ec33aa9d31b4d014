import { randomFrom } from '../../kernel/statistics/index.ts'

/** At most so many of the rows, each as likely as any other (Vitter's algorithm R), rising; they follow from the label. */
export function reservoir(rows: ArrayLike<number>, most: number, label: string): readonly number[] {
  const random = randomFrom(label)
  const kept: number[] = []
  for (let seen = 0; seen < rows.length; seen++) {
    const place = seen < most ? seen : random.index(seen + 1)
    if (place < most) kept[place] = rows[seen] ?? 0
  }
  return kept.sort((a, b) => a - b)
}
