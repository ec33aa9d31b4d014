import { open } from 'node:fs/promises'
import type { TrackedBatch } from './ports.ts'

type Point = NonNullable<TrackedBatch['metrics']>[number]

const pollMs = 500
const batchPoints = 500

/**
 * Follows metrics.ndjson while a trainer appends to it and hands over the points in batches. `finish` reads what is
 * left. Lines that are no metric points are counted, not thrown; a failure to log is thrown by `finish`.
 */
export function followMetrics(
  file: string,
  log: (points: readonly Point[]) => Promise<void>,
): { finish(): Promise<{ points: number; badLines: number }> } {
  const state = { offset: 0, rest: '', points: 0, badLines: 0 }
  let stopped = false
  let failure: unknown
  let timer: NodeJS.Timeout | undefined
  let wake: (() => void) | undefined
  const pause = (): Promise<void> =>
    new Promise(resolve => {
      wake = resolve
      timer = setTimeout(resolve, pollMs)
    })
  const loop = async (): Promise<void> => {
    while (!stopped) {
      await readOn(file, state, log)
      if (!stopped) await pause()
    }
    await readOn(file, state, log)
  }
  const done = loop().catch(error => {
    failure = error
  })
  return {
    async finish() {
      stopped = true
      clearTimeout(timer)
      wake?.()
      await done
      if (failure !== undefined) throw failure
      return { points: state.points, badLines: state.badLines }
    },
  }
}

interface FollowState {
  offset: number
  rest: string
  points: number
  badLines: number
}

async function readOn(
  file: string,
  state: FollowState,
  log: (points: readonly Point[]) => Promise<void>,
): Promise<void> {
  const text = await readFrom(file, state)
  const lines = (state.rest + text).split('\n')
  state.rest = lines.pop() ?? ''
  const points = lines.filter(line => line.trim() !== '').map(parseMetric)
  state.badLines += points.filter(point => point === undefined).length
  const good = points.filter(point => point !== undefined)
  for (let from = 0; from < good.length; from += batchPoints) await log(good.slice(from, from + batchPoints))
  state.points += good.length
}

async function readFrom(file: string, state: FollowState): Promise<string> {
  const handle = await open(file, 'r').catch(() => undefined)
  if (!handle) return ''
  try {
    const { size } = await handle.stat()
    const bytes = Buffer.alloc(Math.max(0, size - state.offset))
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, state.offset)
    // Only whole lines, so that no character is cut.
    const end = bytes.subarray(0, bytesRead).lastIndexOf(10) + 1
    state.offset += end
    return bytes.toString('utf8', 0, end)
  } finally {
    await handle.close()
  }
}

/** `{ key, step, value }`, value a number or NaN, Infinity, -Infinity as text; undefined for anything else. */
export function parseMetric(line: string): Point | undefined {
  try {
    const { key, step, value } = JSON.parse(line) as Record<string, unknown>
    if (typeof key !== 'string' || key === '' || key.length > 250) return undefined
    if (typeof value !== 'number' && value !== 'NaN' && value !== 'Infinity' && value !== '-Infinity')
      return undefined
    return {
      key,
      value: Number(value),
      step: typeof step === 'number' && Number.isSafeInteger(step) ? step : 0,
    }
  } catch {
    return undefined
  }
}
