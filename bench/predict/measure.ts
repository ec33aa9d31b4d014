import { closedLoop, openLoop, type Target } from './generator.ts'
import { cpuSeconds, type Server, treeCpuSeconds } from './servers.ts'

export interface Closed {
  readonly perSecond: number
  /** CPU time of the process that listens, in µs per request. */
  readonly cpuMicros: number
  /** The same with its descendants: scorers, workers. */
  readonly allMicros: number
  readonly p50: number
  readonly p99: number
  readonly errors: number
}

export interface Load {
  readonly connections: number
  readonly seconds: number
}

/** As much as the connections carry. */
export async function measureClosed(server: Server, target: Target, load: Load): Promise<Closed> {
  const before = [cpuSeconds(server.pid), treeCpuSeconds(server.pid)] as const
  const { requests, errors, seconds, p50, p99 } = await closedLoop(target, load)
  return {
    perSecond: requests / seconds,
    cpuMicros: ((cpuSeconds(server.pid) - before[0]) * 1e6) / requests,
    allMicros: ((treeCpuSeconds(server.pid) - before[1]) * 1e6) / requests,
    ...{ p50, p99, errors },
  }
}

/** A fixed rate; latencies in ms from the intended time of sending. */
export async function measureOpen(target: Target, rate: number, load: Load) {
  return { ...(await openLoop(target, { rate, ...load })), rate }
}

/** Median and range of what rounds gave, as a line. */
export function line(name: string, values: readonly number[], digits: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  const [median, least, most] = [sorted[sorted.length >> 1], sorted[0], sorted.at(-1)].map(value =>
    (value ?? Number.NaN).toFixed(digits),
  )
  return `${name.padEnd(66)} ${median?.padStart(9)}   ${least} … ${most}`
}

/** Of each round, one over the other. */
export function ratios(over: readonly number[], under: readonly number[]): readonly number[] {
  return over.map((value, i) => value / (under[i] ?? Number.NaN))
}
