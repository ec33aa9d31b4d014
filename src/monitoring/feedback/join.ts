import type { Micros } from '../../kernel/time.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import { type DecisionRecord, entityKeyText } from '../../serving/index.ts'
import { createMatcher, type Match } from './match.ts'
import type { FeedbackJoin, JoinableDecision, JoinedFeedback } from './model.ts'
import type { DecisionLookup, FeedbackStore } from './ports.ts'

const second: Micros = 1_000_000n
const day: Micros = 86_400n * second
/** An item whose decision is not found by then goes to quarantine: `unmatched`. */
const patienceMicros: Micros = 30n * day
/**
 * As long as records of decisions may still arrive from other machines: a nearer decision, or a second of one request, found
 * until then changes the join.
 */
const settleMicros: Micros = day
const longestWait: Micros = 21_600n * second
const itemsAtOnce = 2000
/** A pass is dear however few items it is for. */
const itemsOfPass = 50_000
const findsAtOnce = 32

export interface JoinParts {
  readonly uow: UnitOfWork<{ readonly feedback: FeedbackStore }>
  readonly decisions: DecisionLookup
}

export function joinableOf(record: DecisionRecord): JoinableDecision {
  const { predictionId, requestId, row, decidedAt, asOf, entity, release } = record
  return {
    ...{ predictionId, requestId, row, decidedAt, asOf, deployment: release.deployment },
    entityKey: entityKeyText(release.request, entity) ?? null,
  }
}

/** Looks for the decisions of due items that name a prediction. Answers how many items it looked at; 0: none is due. */
export async function joinNamed(
  deployment: string,
  now: Micros,
  { uow, decisions }: JoinParts,
): Promise<number> {
  const due = await uow.read.feedback.due({ deployment, named: true, at: now, limit: itemsAtOnce })
  const joins: FeedbackJoin[] = []
  for (let at = 0; at < due.length; at += findsAtOnce)
    joins.push(
      ...(await Promise.all(
        due.slice(at, at + findsAtOnce).map(async item => {
          const decision = await decisions.find(item.predictionId ?? '')
          return nextJoin(item, matchOf(deployment, decision), now)
        }),
      )),
    )
  if (joins.length > 0) await uow.transaction(({ feedback }) => feedback.putJoins(joins))
  return due.length
}

/**
 * Looks for the decisions of due items by request and by entity key, in one pass over the decisions that can be theirs.
 * Answers how many items it looked at; 0: none is due.
 */
export async function joinByPass(
  deployment: string,
  now: Micros,
  { uow, decisions }: JoinParts,
): Promise<number> {
  const due = await uow.read.feedback.due({ deployment, named: false, at: now, limit: itemsOfPass })
  if (due.length === 0) return 0
  const matcher = createMatcher(due)
  const since = due.reduce((least, item) => (from(item) < least ? from(item) : least), now)
  for await (const records of decisions.scan(deployment, since))
    for (const record of records) if (record.shadowOf === null) matcher.see(joinableOf(record))
  const found = matcher.matches()
  const joins = due.map(item => nextJoin(item, found.get(item.seq) ?? { state: 'none' }, now))
  await uow.transaction(({ feedback }) => feedback.putJoins(joins))
  return due.length
}

function matchOf(deployment: string, decision: JoinableDecision | undefined): Match {
  return decision?.deployment === deployment ? { state: 'joined', decision } : { state: 'none' }
}

/** No decision before it can be the item's. Requests say no time: theirs is sought as far back as feedback waits. */
function from({ entityKey, eventTime, within, receivedAt }: JoinedFeedback): Micros {
  return entityKey === null ? receivedAt - patienceMicros : eventTime - within
}

/** What is known after a look, and when to look again: soon at first, then ever more rarely. */
function nextJoin(item: JoinedFeedback, match: Match, now: Micros): FeedbackJoin {
  const { seq, receivedAt } = item
  const tries = item.join.tries + 1
  const wait = 5n * second * 2n ** BigInt(Math.min(tries, 30))
  const later = now + (wait < longestWait ? wait : longestWait)
  const none = { predictionId: null, decidedAt: null, asOf: null }
  if (match.state === 'none') {
    const expires = receivedAt + patienceMicros
    return now >= expires
      ? { seq, tries, ...none, state: 'unmatched', dueAt: null }
      : { seq, tries, ...none, state: 'pending', dueAt: later < expires ? later : expires }
  }
  // A prediction id names one decision for good.
  const settles = receivedAt + settleMicros
  const isFinal = item.predictionId !== null || now >= settles
  const dueAt = isFinal ? null : later < settles ? later : settles
  if (match.state === 'ambiguous') return { seq, tries, ...none, state: 'ambiguous', dueAt }
  const { predictionId, decidedAt, asOf } = match.decision
  return { seq, tries, predictionId, decidedAt, asOf, state: 'joined', dueAt }
}
