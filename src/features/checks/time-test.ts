import type { TimeFormat } from '../../definitions/index.ts'

/** True if the whole text fits the format and names a real instant of the years 0001 to 9999. */
export function isInstant(value: string, format: TimeFormat): boolean {
  const found = new RegExp(format.pattern, 'u').exec(value)
  if (!found) return false
  const part = (name: TimeFormat['parts'][number], otherwise: number): number => {
    const at = format.parts.indexOf(name)
    return at < 0 ? otherwise : Number(found[at + 1])
  }
  const [year, month, day] = [part('Y', 1), part('m', 1), part('d', 1)]
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  const zone = format.parts.includes('z') ? (found[format.parts.indexOf('z') + 1] ?? 'Z') : 'Z'
  return (
    year >= 1 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= daysOf(month, leap) &&
    part('j', 1) >= 1 &&
    part('j', 1) <= (leap ? 366 : 365) &&
    part('H', 0) <= 23 &&
    part('M', 0) <= 59 &&
    part('S', 0) <= 59 &&
    (zone === 'Z' || (zone.slice(1, 3) <= '23' && zone.slice(4, 6) <= '59'))
  )
}

function daysOf(month: number, leap: boolean): number {
  if (month === 2) return leap ? 29 : 28
  return [4, 6, 9, 11].includes(month) ? 30 : 31
}
