import type { TimeFormat } from '../../definitions/index.ts'
import { all } from '../offline/sql-text.ts'
import type { CheckDialect } from './dialect.ts'

/** Condition that a text fits a format and names a real instant of the years 0001 to 9999. */
export function timeConditions(column: string, format: TimeFormat, dialect: CheckDialect): string {
  const part = (name: TimeFormat['parts'][number]): string | undefined => {
    const at = format.parts.indexOf(name)
    return at < 0 ? undefined : dialect.group(column, format.pattern, at + 1)
  }
  const whole = (name: TimeFormat['parts'][number]): string | undefined => {
    const found = part(name)
    return found === undefined ? undefined : `CAST(${found} AS INTEGER)`
  }
  const [year, month, day, dayOfYear] = [whole('Y'), whole('m'), whole('d'), whole('j')]
  const leap = `(${year} % 4 = 0 AND (${year} % 100 <> 0 OR ${year} % 400 = 0))`
  const days = `CASE WHEN ${month} IN (4, 6, 9, 11) THEN 30 WHEN ${month} = 2 THEN CASE WHEN ${leap} THEN 29 ELSE 28 END ELSE 31 END`
  const zone = part('z')
  const valid = all([
    `${year} >= 1`,
    ...(month === undefined ? [] : [`${month} BETWEEN 1 AND 12`]),
    ...(day === undefined ? [] : [`${day} BETWEEN 1 AND ${days}`]),
    ...(dayOfYear === undefined
      ? []
      : [`${dayOfYear} BETWEEN 1 AND CASE WHEN ${leap} THEN 366 ELSE 365 END`]),
    ...(part('H') === undefined ? [] : [`${whole('H')} <= 23`]),
    ...(part('M') === undefined ? [] : [`${whole('M')} <= 59`]),
    ...(part('S') === undefined ? [] : [`${whole('S')} <= 59`]),
    ...(zone === undefined
      ? []
      : [`${zone} = 'Z' OR (substr(${zone}, 2, 2) <= '23' AND substr(${zone}, 5, 2) <= '59')`]),
  ])
  // Groups are read only where the pattern fits: CASE keeps the order, AND does not.
  return `CASE WHEN ${dialect.found(column, format.pattern)} THEN ${valid} ELSE false END`
}
