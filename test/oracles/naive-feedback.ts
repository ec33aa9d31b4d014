import type { JoinableDecision, NewFeedback } from '../../src/monitoring/index.ts'

/** The decision an item is about, among all there ever were: by the words of the specification, one after the other. */
export function naiveJoin(
  item: NewFeedback,
  decisions: readonly JoinableDecision[],
): JoinableDecision | undefined {
  const own = decisions.filter(each => each.deployment === item.deployment)
  if (item.predictionId !== null) return own.find(each => each.predictionId === item.predictionId)
  if (item.requestId !== null) {
    const rows = own.filter(each => each.requestId === item.requestId && each.row === item.row)
    return rows.length === 1 ? rows[0] : undefined
  }
  const earlier = own.filter(
    each =>
      each.entityKey === item.entityKey &&
      each.asOf <= item.eventTime &&
      item.eventTime - each.asOf < item.within,
  )
  return earlier.sort((a, b) => compare(b, a))[0]
}

function compare(a: JoinableDecision, b: JoinableDecision): number {
  if (a.asOf !== b.asOf) return a.asOf < b.asOf ? -1 : 1
  if (a.decidedAt !== b.decidedAt) return a.decidedAt < b.decidedAt ? -1 : 1
  return a.predictionId < b.predictionId ? -1 : 1
}

/** Labels as known at a time: of each prediction the last known word of a source that counts. */
export function naiveLabels(
  items: readonly NewFeedback[],
  decisions: readonly JoinableDecision[],
  knownBy: bigint,
): Record<string, number> {
  const labels: Record<string, number> = {}
  const firsts = items.filter((item, at) => items.findIndex(each => each.id === item.id) === at)
  const inOrder = firsts
    .filter(item => item.knownTime <= knownBy && item.rank !== null && item.state === 'active')
    .filter(item => item.is === 'label' || item.is === 'correction')
    .sort((a, b) => {
      if (a.knownTime !== b.knownTime) return a.knownTime < b.knownTime ? -1 : 1
      if (a.rank !== b.rank) return (b.rank ?? 0) - (a.rank ?? 0)
      return a.id < b.id ? 1 : -1
    })
  for (const item of inOrder) {
    const decision = naiveJoin(item, decisions)
    if (decision) labels[decision.predictionId] = item.value
  }
  return labels
}
