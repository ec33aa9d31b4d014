import type { FeedbackData } from '../../definitions/index.ts'
import type { JoinedLabel, JoinedOutcome, LabelSource } from '../../deployments/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { type Micros, parseDuration } from '../../kernel/time.ts'
import type { JoinedFeedback } from './model.ts'
import type { DeclaredKinds, FeedbackStore } from './ports.ts'

/** The kind whose items are labels, and those that correct it; undefined where a deployment takes no labels. */
export function labelKinds(
  declared: readonly FeedbackData[],
): { readonly label: FeedbackData; readonly names: readonly string[] } | undefined {
  const label = declared.find(({ is }) => is === 'label')
  if (!label) return undefined
  const corrections = declared.filter(({ is }) => is === 'correction')
  return { label, names: [label.name, ...corrections.map(({ name }) => name)] }
}

/**
 * Of several things said of one prediction the one that holds: known last; of those the one of the more trusted source; of those
 * the smallest id. Items of sources that do not count are passed over. By prediction, in order of the first.
 */
export function latestKnown(items: readonly JoinedFeedback[]): ReadonlyMap<string, JoinedFeedback> {
  const winners = new Map<string, JoinedFeedback>()
  for (const item of items) {
    const { predictionId } = item.join
    if (predictionId === null || item.rank === null) continue
    const before = winners.get(predictionId)
    if (!before || outranks(item, before)) winners.set(predictionId, item)
  }
  return winners
}

type Ranked = Pick<JoinedFeedback, 'knownTime' | 'rank' | 'id'>

function outranks(one: Ranked, other: Ranked): boolean {
  if (one.knownTime !== other.knownTime) return one.knownTime > other.knownTime
  const [first, second] = [one.rank ?? 0, other.rank ?? 0]
  return first === second ? one.id < other.id : first < second
}

export interface LabelParts {
  readonly store: Pick<FeedbackStore, 'joined'>
  readonly declared: DeclaredKinds
  readonly now: () => Micros
}

/**
 * Labels as decisions got them, from the label table. Delays and ages are those of the machine's clock, by which decisions are
 * made and labels become known, also where features are read at another instant.
 */
export function labelSource({ store, declared, now }: LabelParts): Required<LabelSource> {
  const kindsOf = async (deployment: string) => {
    const kinds = await declared(deployment)
    if (kinds) return kinds
    throw new FettleError('UNKNOWN_DEPLOYMENT', `no deployment "${deployment}" is applied`)
  }
  return {
    async labels({ deployment, since, knownBy }) {
      const kinds = labelKinds(await kindsOf(deployment))
      if (!kinds) return undefined
      const items = await store.joined({ deployment, kinds: kinds.names, since, knownBy })
      return [...latestKnown(items)].map(
        ([predictionId, { value, eventTime, knownTime }]): JoinedLabel => ({
          ...{ predictionId, value, eventTime, knownTime },
        }),
      )
    },
    async delays(deployment) {
      const kinds = labelKinds(await kindsOf(deployment))
      if (!kinds) return new Float64Array(0)
      const request = { deployment, kinds: kinds.names, since: beginning, knownBy: now() }
      return delaysOf(await store.joined(request), now() - parseDuration(kinds.label.within))
    },
    async outcomes({ deployment, since, knownBy }) {
      const names = (await kindsOf(deployment)).filter(({ is }) => is === 'outcome').map(({ name }) => name)
      const items = await store.joined({ deployment, kinds: names, since, knownBy })
      return names.flatMap(kind =>
        [...latestKnown(items.filter(item => item.kind === kind))].map(
          ([predictionId, { value }]): JoinedOutcome => ({ predictionId, kind, value }),
        ),
      )
    },
  }
}

/** No decision is older. */
export const beginning: Micros = -9_000_000_000_000_000n

/**
 * How long the first label of each decision took, µs, at the least 0: of decisions up to `before`, since of younger ones the
 * slow labels are still to come. Decisions that never got a label are not in it.
 */
export function delaysOf(items: readonly JoinedFeedback[], before: Micros): Float64Array {
  const first = new Map<string, number>()
  for (const { join, rank, knownTime } of items) {
    const { predictionId, decidedAt } = join
    if (predictionId === null || decidedAt === null || rank === null || decidedAt > before) continue
    const delay = Math.max(0, Number(knownTime - decidedAt))
    first.set(predictionId, Math.min(delay, first.get(predictionId) ?? Number.POSITIVE_INFINITY))
  }
  return Float64Array.from(first.values())
}
