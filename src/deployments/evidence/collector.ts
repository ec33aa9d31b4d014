import type { ResolvedSlice } from '../../evaluation/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import { coverageOf, weeklyAnswers } from './coverage.ts'
import { flipReport } from './flip-report.ts'
import { guardedArms, readGuards } from './guards.ts'
import { harmCells } from './harm.ts'
import { labelRows, type RowLabels } from './label-states.ts'
import type {
  ArmOutcome,
  EvidenceCollector,
  FrontCounts,
  JoinedLabel,
  JoinedOutcome,
  LabelSource,
  LookFacts,
  StageEvidence,
  TrafficSource,
} from './model.ts'
import { notesOf } from './notes.ts'
import { armOutcome } from './outcomes.ts'
import type { Pairing } from './pairing.ts'
import type { RowTable } from './row-table.ts'
import { judgeStage, stageCells } from './stage-contracts.ts'
import { countSince } from './step-counters.ts'
import { type EvidenceTerms, stageContracts } from './terms.ts'
import { unitRatio } from './unit-counts.ts'
import {
  type EvidenceLimits,
  type WatchedStep,
  type WatchedTraffic,
  watchTraffic,
} from './watched-traffic.ts'

export interface EvidenceDependencies {
  readonly traffic: TrafficSource
  readonly labels: LabelSource
  /** What the fronts count; null where none answers. */
  counts(deployment: string): Promise<FrontCounts | null>
  /** Asked once a rollout: what it is judged by is fixed when it starts. */
  terms(facts: LookFacts): Promise<EvidenceTerms>
  /** The last look that was kept: it carries the least p, what was fixed before, and where counters stood. */
  history(rollout: string): Promise<StageEvidence | undefined>
  readonly limits?: Partial<EvidenceLimits>
}

const defaultLimits: EvidenceLimits = { rows: 2_000_000, waiting: 200_000, page: 5_000 }

/** A shadow has so long to be written after its answer before it counts as missing. */
const settleMicros = 30_000_000
const noDelays = new Float64Array(0)

interface Watched {
  readonly terms: EvidenceTerms
  readonly traffic: WatchedTraffic
  cursor: string | null
}

/**
 * Looks at rollouts by the decision log, joined labels and the counters of the fronts. It keeps what it has read as columns,
 * and reads on from there; a collector that starts anew reads the rollout again from its beginning, and finds the same.
 */
export function createEvidenceCollector(dependencies: EvidenceDependencies): EvidenceCollector {
  const limits = { ...defaultLimits, ...dependencies.limits }
  const watched = new Map<string, Watched>()
  const watch = async (facts: LookFacts): Promise<Watched> => {
    const known = watched.get(facts.rollout)
    if (known) return known
    const terms = await dependencies.terms(facts)
    const started = { terms, traffic: watchTraffic(terms, facts, limits), cursor: null }
    watched.set(facts.rollout, started)
    return started
  }
  return {
    async look(facts) {
      const own = await watch(facts)
      const step = own.traffic.step(facts)
      await readOn(own, facts, { traffic: dependencies.traffic, limit: limits.page })
      return lookAt({
        facts,
        step,
        terms: own.terms,
        forward: own.traffic.forward,
        ...(await gather(facts, dependencies)),
      })
    },
    forget(rollout) {
      watched.delete(rollout)
    },
  }
}

async function readOn(
  own: Watched,
  { deployment, shadowSince }: LookFacts,
  { traffic, limit }: { readonly traffic: TrafficSource; readonly limit: number },
): Promise<void> {
  for (;;) {
    const { rows, cursor, done } = await traffic.read({
      ...{ deployment, cursor: own.cursor, since: shadowSince, limit },
    })
    for (const row of rows) own.traffic.add(row)
    own.cursor = cursor
    if (done) return
  }
}

interface Gathered {
  readonly counts: FrontCounts | null
  readonly before: StageEvidence | undefined
  /** Undefined where the deployment takes none. */
  readonly joined: readonly JoinedLabel[] | undefined
  readonly delays: Float64Array
  readonly amounts: readonly JoinedOutcome[]
}

async function gather(
  { deployment, rollout, shadowSince, now }: LookFacts,
  { labels, counts, history }: EvidenceDependencies,
): Promise<Gathered> {
  const request = { deployment, since: shadowSince, knownBy: now }
  const joined = await labels.labels(request)
  return {
    counts: await counts(deployment),
    before: await history(rollout),
    joined,
    delays: joined === undefined ? noDelays : await labels.delays(deployment),
    amounts: (await labels.outcomes?.(request)) ?? [],
  }
}

interface Look extends Gathered {
  readonly facts: LookFacts
  readonly terms: EvidenceTerms
  readonly forward: Pairing
  readonly step: WatchedStep
}

function lookAt(look: Look): StageEvidence {
  const { facts, terms, step, before, counts } = look
  const since = formatTimestamp(facts.since)
  const counters = countSince(since, counts, before?.counters)
  const guarded = guardedArms(counters.sum, facts)
  const inStep = before?.since === since && before.stage === facts.stage
  const { contracts, maturity } = stageContracts(terms, facts.stage)
  const { pairs, isPaired, table } = tablesOf(look)
  const labels = labelsOf(look, table, maturity)
  const view = table.view(labels.labels, labels.unlabelled)
  const cells = stageCells(view, terms)
  const { report, planned } = judgeStage({ terms, facts, contracts, view, cells, isPaired, guarded })
  const harm = harmCells({
    ...view,
    judged: report?.cells ?? [],
    contracts,
    cells,
    costs: terms.costs ?? { falsePositive: 0, falseNegative: 0 },
    isPaired,
    history: terms.history,
    before: inStep ? before.harm : [],
  })
  const units = step.counts.units()
  const settled = Number(facts.now) - settleMicros
  const coverage =
    facts.stage === 'canary' || facts.champion === null
      ? null
      : coverageOf(pairs.sums(settled), {
          share: facts.stage === 'shadow' ? (terms.rollout.shadowShare ?? 1) : 1,
          drops: counters.drops,
        })
  return {
    schema: 1,
    ...{ stage: facts.stage, at: formatTimestamp(facts.now), since, coverage },
    answers: step.counts.answers(),
    units,
    sampleRatio: facts.stage === 'canary' ? unitRatio(units, facts) : null,
    matured: labels.matured,
    contracts: report,
    planned,
    harm,
    harmed: harm.some(cell => cell.status === 'protected' && cell.harmed),
    guards: facts.stage === 'shadow' ? [] : readGuards(guarded, inStep ? before.guards : []),
    flips: flipsOf(look, { pairs, labels, table, cells }),
    comparison: null,
    outcomes: outcomesOf(look),
    notes: notesOf({
      ...look,
      report,
      coverage,
      late: labels.late,
      tables: [...new Set([table, pairs.table])],
    }),
    counters,
  }
}

/** Pairs of the stage; in a canary contracts go by the answers of both arms. */
function tablesOf({ facts, forward, step }: Look): {
  readonly pairs: Pairing
  readonly isPaired: boolean
  readonly table: RowTable
} {
  const pairs = facts.stage === 'probation' ? step.reverse : forward
  const isPaired = facts.stage !== 'canary' && facts.champion !== null
  return { pairs, isPaired, table: isPaired ? pairs.table : step.answered }
}

function labelsOf({ facts, joined, delays }: Look, table: RowTable, maturity: number): RowLabels {
  return labelRows(table, joined ?? [], { now: Number(facts.now), delays, maturity })
}

function flipsOf(
  look: Look,
  {
    pairs,
    labels,
    table,
    cells,
  }: {
    readonly pairs: Pairing
    readonly labels: RowLabels
    readonly table: RowTable
    readonly cells: readonly ResolvedSlice[]
  },
): StageEvidence['flips'] {
  const { facts, terms } = look
  if (pairs.table.length === 0) return null
  const isSame = table === pairs.table
  const own = isSame ? labels : labelsOf(look, pairs.table, 0)
  const view = pairs.table.view(own.known, own.unlabelled)
  const from = facts.stage === 'probation' ? facts.since : facts.shadowSince
  const { answers } = pairs.sums(Number(facts.now))
  return flipReport({
    ...view,
    cells: isSame ? cells : stageCells(view, terms),
    pairs: pairs.table.total,
    perWeek: weeklyAnswers(answers.n, pairs.table.length, Number(facts.now - from)),
    flips: pairs.flips.list(),
    rowOf: pairs.table.rowOf,
  })
}

/** New against old while both are drawn, and the model against what is held back. */
function outcomesOf({ facts, terms, step, amounts }: Look): readonly ArmOutcome[] {
  const kinds = terms.feedback?.filter(kind => kind.is === 'outcome') ?? []
  const { challenger, champion, holdback } = step.outcomes
  const model = facts.stage === 'probation' ? challenger : champion
  return kinds.flatMap(kind => {
    const shared = { kind, number: terms.purpose?.number, outcomes: amounts }
    const compare = (comparison: ArmOutcome['comparison'], own: typeof model, other: typeof model) =>
      other.size === 0 || own.size === 0 ? [] : [armOutcome({ ...shared, comparison, own, other })]
    return [
      ...(facts.stage === 'canary' ? compare('new-against-old', challenger, champion) : []),
      ...compare('model-against-holdback', model, holdback),
    ]
  })
}
