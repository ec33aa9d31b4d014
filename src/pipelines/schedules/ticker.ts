import type { Clock } from '../../kernel/clock.ts'
import { formatTimestamp, type Micros } from '../../kernel/time.ts'
import { parseSchedule, type Recurrence } from './recurrence.ts'

/** Something that is to be run again and again. */
export interface Schedule {
  /** Unique; places the words `daily`, `weekly` and so on in their day. */
  readonly name: string
  readonly pipeline: string
  readonly text: string
}

export interface TickerOptions {
  readonly clock: Clock
  /** What stands now; asked at every tick. */
  schedules(): Promise<readonly Schedule[]>
  /** Starts the run of an occurrence. The key is the occurrence's own: two tickers start one run. */
  start(occurrence: Occurrence): Promise<void>
  onFault(error: unknown): void
  /** Default 1 s. */
  readonly everyMs?: number
}

export interface Occurrence {
  readonly schedule: Schedule
  readonly nominal: Micros
  /** `schedule/<name>/<instant>`, an idempotency key. */
  readonly key: string
}

export interface Ticker {
  /** One look at the clock; how many occurrences were started. */
  tick(): Promise<number>
  /** Next nominal instant of each schedule known so far. */
  next(schedule: Schedule): Micros
  start(): void
  stop(): Promise<void>
}

/** An occurrence later than this is missed: after a pause nothing old starts. */
const grace = 60_000_000n

/**
 * Starts pipelines when their time has come. Catch-up is 0: occurrences before the ticker first saw the schedule, and
 * those missed while it did not run, are left out; of several due at once only the newest starts.
 */
export function createTicker(options: TickerOptions): Ticker {
  const { clock, onFault } = options
  const known = new Map<string, { readonly recurrence: Recurrence; next: Micros }>()
  let timer: NodeJS.Timeout | undefined
  let ticking: Promise<unknown> = Promise.resolve()

  const stateOf = (schedule: Schedule) => {
    const key = `${schedule.name}\0${schedule.text}`
    const found = known.get(key)
    if (found) return found
    const recurrence = parseSchedule(schedule.text, schedule.name)
    const state = { recurrence, next: recurrence.next(clock.nowMicros()) }
    known.set(key, state)
    return state
  }
  const due = (schedule: Schedule): Occurrence | undefined => {
    const state = stateOf(schedule)
    const now = clock.nowMicros()
    if (state.next > now) return undefined
    let nominal = state.next
    for (let next = state.recurrence.next(nominal); next <= now; next = state.recurrence.next(next))
      nominal = next
    state.next = state.recurrence.next(nominal)
    if (now - nominal > grace) return undefined
    return { schedule, nominal, key: `schedule/${schedule.name}/${formatTimestamp(nominal)}` }
  }
  const tick = async (): Promise<number> => {
    let started = 0
    for (const schedule of await options.schedules()) {
      try {
        const occurrence = due(schedule)
        if (occurrence === undefined) continue
        await options.start(occurrence)
        started += 1
      } catch (error) {
        onFault(error)
      }
    }
    return started
  }
  const loop = (): void => {
    ticking = tick()
      .catch(onFault)
      .finally(() => {
        if (timer !== undefined) timer = setTimeout(loop, options.everyMs ?? 1000)
      })
  }
  return {
    tick,
    next: schedule => stateOf(schedule).next,
    start: () => {
      timer ??= setTimeout(loop, 0)
    },
    stop: async () => {
      clearTimeout(timer)
      timer = undefined
      await ticking
    },
  }
}
