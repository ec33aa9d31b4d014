import { type Micros, parseDuration } from '../../kernel/time.ts'
import type { Liveness } from './model.ts'
import type { StoredRun } from './ports.ts'

/** How long a writer may be quiet. A stock client has no heartbeat: what is said of it is inferred from its writes. */
export const patience = {
  beating: { silent: parseDuration('60s'), lost: parseDuration('3m') },
  writing: { silent: parseDuration('1h'), lost: parseDuration('24h') },
} as const

/** A run lost this long becomes failed. */
export const lostForGood = parseDuration('24h')

/** Newest signs of life of runs, newer than what is stored of them. */
export interface Signs {
  note(run: string, at: Micros): void
  since(run: StoredRun): Micros
}

const signsLimit = 10_000

export function createSigns(): Signs {
  const seen = new Map<string, Micros>()
  return {
    note(run, at) {
      seen.delete(run)
      if (seen.size >= signsLimit) seen.delete(seen.keys().next().value ?? '')
      seen.set(run, at)
    },
    since({ id, seenAt }) {
      const noted = seen.get(id) ?? seenAt
      return noted > seenAt ? noted : seenAt
    },
  }
}

export interface LivenessTimes {
  readonly now: Micros
  readonly since: Micros
  /** Nobody could be heard before: silence counts from here. */
  readonly serverStart: Micros
}

/** Computed whenever it is asked: nothing is written when a run falls silent. */
export function livenessOf(run: StoredRun, { now, since, serverStart }: LivenessTimes): Liveness {
  if (run.status !== 'running') return { state: 'unwatched', inferred: false, since: null }
  // Its supervisor ends the run of an attempt that is lost.
  if (run.pipelineRun !== null) return { state: 'alive', inferred: false, since }
  const { silent, lost } = run.beats ? patience.beating : patience.writing
  const quiet = now - (since > serverStart ? since : serverStart)
  const state = quiet >= lost ? 'lost' : quiet >= silent ? 'silent' : 'alive'
  return { state, inferred: !run.beats && state !== 'alive', since }
}
