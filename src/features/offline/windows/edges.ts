import { FettleError } from '../../../kernel/errors/index.ts'
import { parseDuration } from '../../../kernel/time.ts'
import type { Times } from './events.ts'

/** Where windows stand: event times in [lower, upper), known by cutoff. null: no such bound. */
export interface Edges {
  readonly lower: Times | null
  readonly upper: Times | null
  readonly cutoff: Times | null
}

/** A window of features.md §4.2: `round_down(q − window, hop) ≤ e < q`, known ≤ q. */
export interface WindowSpan {
  /** null for 'all'. */
  readonly window: bigint | null
  readonly hop: bigint
}

/** Reads a window and its hop; throws BAD_DURATION and BAD_WINDOW. */
export function windowSpan(window: string, hop: string): WindowSpan {
  if (window === 'all') return { window: null, hop: 1n }
  const span = { window: parseDuration(window), hop: parseDuration(hop) }
  if (span.hop > span.window)
    throw new FettleError('BAD_WINDOW', `the hop ${hop} is longer than the window ${window}`)
  return span
}

/** Left edges for query times: rounded down to a multiple of hop counted from 1970, towards the past. */
export function leftEdges(queries: Times, { window, hop }: WindowSpan): Times | null {
  if (window === null) return null
  if (queries instanceof Float64Array) {
    const [size, step] = [Number(window), Number(hop)]
    return queries.map(query => {
      const left = query - size
      const rest = left % step
      return left - (rest < 0 ? rest + step : rest)
    })
  }
  return queries.map(query => {
    const left = query - window
    const rest = left % hop
    return left - (rest < 0n ? rest + hop : rest)
  })
}

/** Query times moved by a number of µs. */
export function shifted(times: Times, by: bigint): Times {
  if (by === 0n) return times
  if (times instanceof BigInt64Array) return times.map(time => time + by)
  const step = Number(by)
  return times.map(time => time + step)
}

/** The earlier of two times, row by row. */
export function earlier(left: Times, right: Times): Times {
  if (left instanceof Float64Array && right instanceof Float64Array)
    return left.map((time, row) => Math.min(time, right[row] ?? time))
  const target = new BigInt64Array(left.length)
  for (let row = 0; row < left.length; row++) {
    const [a, b] = [BigInt(left[row] ?? 0n), BigInt(right[row] ?? 0n)]
    target[row] = a < b ? a : b
  }
  return target
}
