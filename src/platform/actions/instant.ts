import { type Micros, parseTimestamp } from '../../kernel/time.ts'

/** An instant of a step's parameters, which were checked when the run was planned. */
export function instant(text: string): Micros {
  const micros = parseTimestamp(text)
  if (micros === undefined) throw new TypeError(`not an instant: ${text}`)
  return micros
}
