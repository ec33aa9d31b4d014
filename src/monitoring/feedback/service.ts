import type { DeploymentData, FeedbackData } from '../../definitions/index.ts'
import type { LabelSource } from '../../deployments/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { maturityCurve } from '../../kernel/statistics/index.ts'
import { type Micros, parseDuration } from '../../kernel/time.ts'
import type { Page, PageRequest, UnitOfWork } from '../../kernel/unit-of-work.ts'
import { demoKind, demoSource } from '../../serving/index.ts'
import { type Agreement, agreements, type DemoVotes, demoVotes, impliedLabels, wordsOf } from './agreement.ts'
import { beginning, delaysOf, labelKinds, labelSource, latestKnown } from './labels.ts'
import type { FeedbackCount, JoinedFeedback, JoinState } from './model.ts'
import { maturityAge, type RealisedGroup, realise } from './performance.ts'
import type { DecisionLookup, FeedbackStore } from './ports.ts'

export interface FeedbackParts {
  readonly uow: UnitOfWork<{ readonly feedback: FeedbackStore }>
  readonly clock: Clock
  readonly decisions: DecisionLookup
  /** The applied definition; undefined where there is none of that name. */
  declared(
    deployment: string,
  ): Promise<Pick<DeploymentData, 'feedback' | 'slices' | 'entity' | 'model'> | undefined>
}

export interface FeedbackStatus {
  readonly deployment: string
  readonly kinds: readonly FeedbackData[]
  /** By kind and source. */
  readonly counts: readonly FeedbackCount[]
}

export interface RealisedPerformance {
  readonly deployment: string
  /** Only what was known by then. */
  readonly asKnownAt: Micros
  /** Decisions made since then. */
  readonly since: Micros
  /** The kind that is the label, and how long it may take. */
  readonly label: { readonly kind: string; readonly within: string }
  readonly maturity: {
    /** Decisions old enough to tell, that have a label. */
    readonly labels: number
    /** Age by which nine in ten labels are known, µs; null: no labelled decision is old enough to tell. */
    readonly age: number | null
  }
  /** Newest release first. */
  readonly groups: readonly RealisedGroup[]
  /** Declared slices that cannot be cut: decisions do not have the column. */
  readonly slicesLeftOut: readonly string[]
  /** Of sources with each other; `demo` by what its votes imply. */
  readonly agreements: readonly Agreement[]
  readonly demo: DemoVotes
}

/** An item about a prediction, and whether it is what holds now of its kind; a correction takes a label's place. */
export type SaidOfPrediction = JoinedFeedback & { readonly holds: boolean }

export interface FeedbackService extends Required<LabelSource> {
  /** All that was said of a prediction, in the order in which it was known. */
  ofPrediction(predictionId: string): Promise<readonly SaidOfPrediction[]>
  /** Newest first. Throws UNKNOWN_DEPLOYMENT, as the following. */
  list(
    deployment: string,
    query: PageRequest & { readonly state?: JoinState | 'quarantined' },
  ): Promise<Page<JoinedFeedback>>
  status(deployment: string): Promise<FeedbackStatus>
  /**
   * Realised metrics by release, arm and slice. Told the same time, it says the same, whatever came later: only items known by
   * then count. Throws FEEDBACK_UNKNOWN_KIND where no label is declared.
   */
  performance(
    deployment: string,
    options: { readonly asKnownAt?: Micros; readonly since?: Micros },
  ): Promise<RealisedPerformance>
}

/** A correction speaks of what the label speaks of. */
const populationOf = ({ is, kind }: JoinedFeedback) =>
  is === 'correction' ? 'label' : is === 'label' ? is : kind

const usualSpan: Micros = parseDuration('28d')

export function createFeedbackService(parts: FeedbackParts): FeedbackService {
  const { uow, clock, declared } = parts
  const store = uow.read.feedback
  const deploymentOf = async (name: string) => {
    const found = await declared(name)
    if (found) return found
    throw new FettleError('UNKNOWN_DEPLOYMENT', `no deployment "${name}" is applied`)
  }
  return {
    ...labelSource({
      store,
      declared: async name => (await deploymentOf(name)).feedback ?? [],
      now: () => clock.nowMicros(),
    }),
    async ofPrediction(predictionId) {
      const items = await store.ofPrediction(predictionId)
      const holding = new Set<number>()
      for (const population of new Set(items.map(populationOf))) {
        const own = items.filter(item => item.state === 'active' && populationOf(item) === population)
        for (const { seq } of latestKnown(own).values()) holding.add(seq)
      }
      return items.map(item => ({ ...item, holds: holding.has(item.seq) }))
    },
    async list(deployment, query) {
      await deploymentOf(deployment)
      return store.list({ deployment, ...query })
    },
    async status(deployment) {
      const { feedback: kinds = [] } = await deploymentOf(deployment)
      return { deployment, kinds, counts: await store.counts(deployment) }
    },
    async performance(deployment, options) {
      const terms = await deploymentOf(deployment)
      return performanceOf(parts, { deployment, terms, ...options })
    },
  }
}

interface PerformanceRequest {
  readonly deployment: string
  readonly terms: Pick<DeploymentData, 'feedback' | 'slices' | 'entity'>
  readonly asKnownAt?: Micros
  readonly since?: Micros
}

async function performanceOf(
  { uow, clock, decisions }: FeedbackParts,
  { deployment, terms, ...options }: PerformanceRequest,
): Promise<RealisedPerformance> {
  const { slices = [], entity, feedback = [] } = terms
  const kinds = labelKinds(feedback)
  if (!kinds)
    throw new FettleError('FEEDBACK_UNKNOWN_KIND', `"${deployment}" declares no label`, {
      hint: "Add feedback('…', { is: 'label' }) to `feedback` of the deployment, and make a release of it.",
    })
  const asKnownAt = options.asKnownAt ?? clock.nowMicros()
  const since = options.since ?? clock.nowMicros() - usualSpan
  const known = { deployment, since: beginning, knownBy: asKnownAt }
  const items = await uow.read.feedback.joined({ ...known, kinds: kinds.names })
  const votes = await uow.read.feedback.joined({
    ...known,
    kinds: [demoKind, ...feedback.filter(({ is }) => is === 'yes-no')].map(({ name }) => name),
  })
  const delays = delaysOf(items, asKnownAt - parseDuration(kinds.label.within))
  const labels = new Map([...latestKnown(items)].map(([id, { value }]) => [id, value]))
  const said = wordsOf(votes.filter(({ source }) => source === demoSource))
  const acted = new Map<string, boolean>()
  const realising = realise({ slices, entity }, labels, { curve: maturityCurve(delays), asKnownAt })
  const voted = said.get(demoSource)
  for await (const records of decisions.scan(deployment, since))
    for (const record of records) {
      if (record.decidedAt < since || record.asOf > asKnownAt) continue
      realising.see(record)
      if (record.acted !== null && voted?.has(record.predictionId))
        acted.set(record.predictionId, record.acted)
    }
  const words = wordsOf(items)
  if (voted) words.set(demoSource, impliedLabels(voted, acted))
  return {
    ...{ deployment, asKnownAt, since },
    label: { kind: kinds.label.name, within: kinds.label.within },
    maturity: { labels: delays.length, age: maturityAge(delays) },
    groups: realising.groups(),
    slicesLeftOut: realising.leftOut(),
    agreements: agreements(words),
    demo: demoVotes(said),
  }
}
