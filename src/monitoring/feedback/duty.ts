import type { Clock } from '../../kernel/clock.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import type { FeedbackSegments } from '../../serving/index.ts'
import { type IngestParts, ingestFeedback } from './ingest.ts'
import { joinByPass, joinNamed } from './join.ts'
import type { DecisionLookup, FeedbackStore } from './ports.ts'

export interface FeedbackDutyParts {
  readonly uow: UnitOfWork<{ readonly feedback: FeedbackStore }>
  readonly clock: Clock
  readonly segments: FeedbackSegments
  readonly decisions: DecisionLookup
  readonly erased: IngestParts['erased']
  /** Default 1 s. */
  readonly everyMillis?: number
  onFault(error: unknown): void
}

/** A pass over a deployment's decisions takes at most this share of the time, but is not put off for longer than ten minutes. */
const passShare = 0.2
const longestRestMillis = 600_000

/** Brings feedback from the logs into the label table, and to the decisions it is about. */
export function feedbackDuty(parts: FeedbackDutyParts) {
  const { uow, clock, segments, decisions, erased, everyMillis = 1000, onFault } = parts
  /** Machine milliseconds before which there is no other pass over a deployment: long passes are rare passes. */
  const restUntil = new Map<string, number>()
  const damaged = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> = Promise.resolve()
  let stopped = true

  function onDamage(segment: string, bytes: number): void {
    if (damaged.has(segment)) return
    damaged.add(segment)
    onFault(new Error(`feedback segment ${segment} has ${bytes} bytes that are no record`))
  }

  async function look(): Promise<void> {
    await ingestFeedback({ uow, segments, erased, nowMillis: Date.now, onDamage })
    for (const deployment of await uow.read.feedback.dueDeployments(clock.nowMicros())) {
      while (!stopped && (await joinNamed(deployment, clock.nowMicros(), { uow, decisions })) > 0)
        await new Promise(resolve => setImmediate(resolve))
      const begun = performance.now()
      if (stopped || begun < (restUntil.get(deployment) ?? 0)) continue
      await joinByPass(deployment, clock.nowMicros(), { uow, decisions })
      const ended = performance.now()
      const rest = ((ended - begun) * (1 - passShare)) / passShare
      restUntil.set(deployment, ended + Math.min(rest, longestRestMillis))
    }
  }

  function next(): void {
    timer = setTimeout(() => {
      running = look()
        .catch(onFault)
        .finally(() => {
          if (!stopped) next()
        })
    }, everyMillis)
    timer.unref()
  }

  return {
    start(): void {
      stopped = false
      next()
    },
    async stop(): Promise<void> {
      stopped = true
      clearTimeout(timer)
      await running
    },
  }
}
