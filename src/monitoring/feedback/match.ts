import type { JoinableDecision, JoinedFeedback } from './model.ts'

/** What matching found for one item. */
export type Match =
  | { readonly state: 'none' }
  | { readonly state: 'ambiguous' }
  | { readonly state: 'joined'; readonly decision: JoinableDecision }

type Wanted = Pick<
  JoinedFeedback,
  'seq' | 'requestId' | 'row' | 'entityKey' | 'eventTime' | 'within' | 'receivedAt'
>

/** Finds the decisions of items while decisions go by, in any order and any number of times. */
export interface Matcher {
  see(decision: JoinableDecision): void
  matches(): ReadonlyMap<number, Match>
}

/**
 * Items by request id join the one decision with that request id and row; several make them ambiguous. Items by entity key join
 * the nearest decision at or before the event, less than the kind's window before it; of decisions at one instant the one
 * made last, then the one with the greater id. What is found does not depend on the order in which decisions are seen.
 */
export function createMatcher(items: readonly Wanted[]): Matcher {
  const byRequest = new Map<string, Wanted[]>()
  const byKey = new Map<string, Wanted[]>()
  const found = new Map<number, Match>(items.map(({ seq }) => [seq, { state: 'none' }]))
  for (const item of items) {
    if (item.requestId !== null) push(byRequest, `${item.row} ${item.requestId}`, item)
    else if (item.entityKey !== null) push(byKey, item.entityKey, item)
  }

  function seeRequest(seq: number, decision: JoinableDecision): void {
    const before = found.get(seq)
    if (before?.state === 'none') found.set(seq, { state: 'joined', decision })
    else if (before?.state === 'joined' && before.decision.predictionId !== decision.predictionId)
      found.set(seq, { state: 'ambiguous' })
  }

  function seeKey({ seq, eventTime, within }: Wanted, decision: JoinableDecision): void {
    if (decision.asOf > eventTime || decision.asOf <= eventTime - within) return
    const before = found.get(seq)
    if (before?.state !== 'joined' || isNearer(decision, before.decision))
      found.set(seq, { state: 'joined', decision })
  }

  return {
    see(decision) {
      const { requestId, row, entityKey } = decision
      for (const item of byRequest.get(`${row} ${requestId}`) ?? []) seeRequest(item.seq, decision)
      if (entityKey !== null) for (const item of byKey.get(entityKey) ?? []) seeKey(item, decision)
    },
    matches: () => found,
  }
}

function push(map: Map<string, Wanted[]>, key: string, item: Wanted): void {
  const list = map.get(key)
  if (list) list.push(item)
  else map.set(key, [item])
}

function isNearer(one: JoinableDecision, other: JoinableDecision): boolean {
  if (one.asOf !== other.asOf) return one.asOf > other.asOf
  if (one.decidedAt !== other.decidedAt) return one.decidedAt > other.decidedAt
  return one.predictionId > other.predictionId
}
