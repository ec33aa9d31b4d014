import { type Micros, parseDuration, parseTimestamp } from '../../kernel/time.ts'

/** A date (its beginning in UTC), an RFC 3339 time, or `-7d`: seven days before now. Undefined for anything else. */
export function readInstant(text: string, now: Micros): Micros | undefined {
  const span = readSpan(text.replace(/^[+-]/, ''))
  if (span !== undefined)
    return text.startsWith('-') ? now - span : text.startsWith('+') ? now + span : undefined
  return parseTimestamp(/^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00Z` : text)
}

/** Undefined for anything but a whole number and a unit. */
export function readSpan(text: string): Micros | undefined {
  return /^[1-9][0-9]{0,14}(us|ms|s|m|h|d)$/.test(text) ? parseDuration(text) : undefined
}
