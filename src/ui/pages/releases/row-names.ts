import { clockText, formatNumber } from '../../format.ts'

type Names = Readonly<Record<string, string | number | null>>

/** Microseconds since the epoch, of the years 1990 to 2100, in a column that is named like an instant. */
function isInstant(name: string, value: number): boolean {
  return /(?:_at|_time|_ts|time|timestamp)$/.test(name) && value > 6.3e14 && value < 4.2e15
}

/** A value that names a row, as a reader writes it. */
export function nameText(name: string, value: string | number | null): string {
  if (value === null) return 'missing'
  if (typeof value === 'string') return value
  if (isInstant(name, value)) {
    const { date, time, zone } = clockText(new Date(value / 1000).toISOString(), 'utc')
    return `${date} ${time} ${zone}`
  }
  return Number.isInteger(value) ? String(value) : formatNumber(value)
}

/** What tells rows apart best: texts and instants before numbers, as they come otherwise. */
export function namesInOrder(rows: readonly Names[]): readonly string[] {
  const names = [...new Set(rows.flatMap(row => Object.keys(row)))]
  const rank = (name: string) =>
    rows.some(
      row => typeof row[name] === 'string' || isInstant(name, Number(row[name] ?? 0)) || name.endsWith('_id'),
    )
      ? 0
      : 1
  return names.toSorted((a, b) => rank(a) - rank(b))
}
