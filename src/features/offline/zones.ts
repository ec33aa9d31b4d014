import { FettleError } from '../../kernel/errors/index.ts'

/** A stretch of local time with one rule: UTC = local − `offset`. All in µs; `from` inclusive, `to` exclusive. */
export interface ZoneRule {
  readonly from: bigint
  readonly to: bigint
  readonly offset: bigint
}

const second = 1_000_000n
const day = 86_400n * second

/**
 * Rules that turn local times between `from` and `to` (µs, read as if UTC) into instants: a repeated local time takes
 * the earlier instant, a skipped one moves forward by the gap. Both fall out of one choice: the offset before a change
 * holds until the local time at which the new one is sure to be meant. Throws SOURCE_BAD_VALUE for an unknown zone.
 */
export function zoneRules(zone: string, from: bigint, to: bigint): ZoneRule[] {
  const offsetAt = offsets(zone)
  const rules: ZoneRule[] = []
  let start = from
  let offset = offsetAt(from - 2n * day)
  for (const change of changes(offsetAt, from - 2n * day, to + 2n * day)) {
    const after = offsetAt(change)
    const edge = change + (after > offset ? after : offset)
    if (edge > start) rules.push({ from: start, to: edge, offset })
    if (edge > start) start = edge
    offset = after
  }
  rules.push({ from: start, to: to + 1n, offset })
  return rules.filter(rule => rule.to > from && rule.from <= to)
}

/** UTC instants, to the second, at which the offset changes. */
function* changes(offsetAt: (utc: bigint) => bigint, from: bigint, to: bigint): Iterable<bigint> {
  let left = (from / second) * second
  let offset = offsetAt(left)
  while (left < to) {
    const right = left + day
    if (offsetAt(right) !== offset) {
      const change = bisect(offsetAt, left, right)
      yield change
      offset = offsetAt(change)
      left = change
    } else left = right
  }
}

function bisect(offsetAt: (utc: bigint) => bigint, left: bigint, right: bigint): bigint {
  const before = offsetAt(left)
  let [low, high] = [left / second, right / second]
  while (high - low > 1n) {
    const middle = (low + high) / 2n
    if (offsetAt(middle * second) === before) low = middle
    else high = middle
  }
  return high * second
}

function offsets(zone: string): (utc: bigint) => bigint {
  const format = formatter(zone)
  return utc => {
    const millis = Number(utc / 1000n)
    const parts: Record<string, number> = {}
    for (const part of format.formatToParts(millis)) parts[part.type] = Number(part.value)
    const { year = 0, month = 1, day: date = 1, hour = 0, minute = 0, second: seconds = 0 } = parts
    const local = new Date(0)
    local.setUTCFullYear(year, month - 1, date)
    local.setUTCHours(hour % 24, minute, seconds)
    return BigInt(local.getTime() - Math.floor(millis / 1000) * 1000) * 1000n
  }
}

function formatter(zone: string): Intl.DateTimeFormat {
  try {
    return new Intl.DateTimeFormat('en-US', {
      timeZone: zone,
      calendar: 'iso8601',
      numberingSystem: 'latn',
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  } catch (error) {
    throw new FettleError('SOURCE_BAD_VALUE', `"${zone}" is not a time zone`, {
      cause: error,
      details: { zone },
    })
  }
}
