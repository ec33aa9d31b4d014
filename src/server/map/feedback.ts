import type { FeedbackItemView, FeedbackStatusView, PerformanceView } from '../../api/feedback.ts'
import { ratio } from '../../kernel/statistics/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type {
  FeedbackStatus,
  JoinedFeedback,
  RealisedGroup,
  RealisedPerformance,
} from '../../monitoring/index.ts'

export function feedbackItemToWire(item: JoinedFeedback): FeedbackItemView {
  const { id, kind, is, value, source, actorClass, actor, note, state, reason, join } = item
  const { predictionId, requestId, row, entityKey } = item
  return {
    ...{ id, kind, is, value, source, actorClass, actor, note, state, reason },
    eventTime: formatTimestamp(item.eventTime),
    knownTime: formatTimestamp(item.knownTime),
    receivedAt: formatTimestamp(item.receivedAt),
    about: { predictionId, requestId, row, entityKey },
    joinState: join.state,
    predictionId: join.predictionId,
    decidedAt: join.decidedAt === null ? null : formatTimestamp(join.decidedAt),
  }
}

export function feedbackStatusToWire({ deployment, kinds, counts }: FeedbackStatus): FeedbackStatusView {
  return {
    deployment,
    kinds: kinds.map(({ name, is, range = null, unit = null, within, sources }) => ({
      ...{ name, is, range, unit, within },
      sources: sources ? [...sources] : null,
    })),
    counts: counts.map(each => ({ ...each, lastKnown: formatTimestamp(each.lastKnown) })),
  }
}

export function performanceToWire(found: RealisedPerformance): PerformanceView {
  const { deployment, label, maturity, groups } = found
  const decisions = groups.reduce((sum, group) => sum + group.decisions, 0)
  const matured = groups.reduce((sum, group) => sum + group.matured, 0)
  return {
    ...{ deployment, label },
    asKnownAt: formatTimestamp(found.asKnownAt),
    since: formatTimestamp(found.since),
    maturity: {
      labels: maturity.labels,
      ageSeconds: maturity.age === null ? null : maturity.age / 1e6,
      share: ratio(matured, decisions, 'no-rows'),
    },
    groups: groups.map(groupToWire),
    slicesLeftOut: [...found.slicesLeftOut],
    agreements: found.agreements.map(each => ({ ...each })),
    demo: found.demo,
  }
}

function groupToWire({
  first,
  last,
  all,
  slices,
  ...group
}: RealisedGroup): PerformanceView['groups'][number] {
  return {
    ...group,
    first: formatTimestamp(first),
    last: formatTimestamp(last),
    all: { ...all },
    slices: slices.map(({ column, distinct, values }) => ({
      ...{ column, distinct },
      values: values.map(value => ({ ...value })),
    })),
  }
}
