import type { ErrorCode } from '../../kernel/errors/index.ts'
import { isDefined, type Quantity } from '../../kernel/statistics/index.ts'
import { formatDuration, formatTimestamp, type Micros } from '../../kernel/time.ts'
import { dueAt, elapsed, type RolloutFacts, staleAfter } from './facts.ts'
import { leaseHolder } from './fold-deployment.ts'
import type { RolloutEvent } from './model.ts'
import { micros } from './terms.ts'

/** One condition of an event, with what there is and what it takes (releases.md §8). */
export interface Guard {
  readonly guard: string
  readonly title: string
  readonly holds: boolean
  readonly now: string
  readonly needed: string
  /** When it will hold, where only time is missing. */
  readonly when: Micros | null
  /** What a refusal is called. */
  readonly code: ErrorCode
  readonly hint?: string
}

const leastCoverage = 0.95
const leastMatured = 0.9
/** Data older than this and not verified since may tell of another world (releases.md §14). */
const maxAge = '14d'
/** Of χ², read when it is decided (releases.md §9); a look reads the count mixture instead. */
const mismatchP = 0.001

type Check = (facts: RolloutFacts) => Guard | undefined

/** The guards of every event that moves a rollout forward; whatever protects has none. */
const guarded: Readonly<Partial<Record<RolloutEvent, readonly Check[]>>> = {
  start_shadow: [championServes, verdictStands, freshData, contractsUnchanged],
  start_canary: [
    ...[stageTime, measured, noHarm, coverage, plannedRows, stageContracts, lease, approvals],
    ...[purpose, verdictStands, freshData, contractsUnchanged],
  ],
  step_up: [stageTime, measured, noHarm, sampleRatio, operations, lease, contractsUnchanged],
  start_probation: [
    ...[stageTime, measured, noHarm, sampleRatio, operations, plannedRows, stageContracts, lease],
    contractsUnchanged,
  ],
  confirm: [stageTime, measured, noHarm, matured, stageContracts, operations, contractsUnchanged],
  resume: [contractsUnchanged],
}

/** Guards of an event with their numbers; those that hold among them. */
export function guardsOf(event: RolloutEvent, facts: RolloutFacts): readonly Guard[] {
  return (guarded[event] ?? []).flatMap(check => check(facts) ?? [])
}

/** What waits for this state or step to have lasted. */
export function stageDuration({
  rollout: { now, terms },
}: Pick<RolloutFacts, 'rollout'>): string | undefined {
  const state = now.state === 'held' ? now.heldFrom : now.state
  if (state === 'shadow') return terms.shadow
  if (state === 'canary') return terms.stepTime[now.step ?? 0]
  return state === 'probation' ? terms.probation : undefined
}

function stageTime(facts: RolloutFacts): Guard | undefined {
  const duration = stageDuration(facts)
  if (duration === undefined) return undefined
  const passed = elapsed(facts)
  return {
    guard: 'stage-time',
    title: 'time',
    holds: passed >= micros(duration),
    now: roughly(passed),
    needed: duration,
    when: dueAt(facts.rollout, duration),
    code: 'WINDOW_TOO_SHORT',
  }
}

/** As a person says it: the two largest units. */
function roughly(span: Micros): string {
  if (span < 1_000_000n) return span <= 0n ? '0s' : '<1s'
  const unit = [86_400_000_000n, 3_600_000_000n, 60_000_000n, 1_000_000n].find(each => span >= each) ?? 1n
  const whole = formatDuration((span / unit) * unit)
  const below = { 86400000000: 3_600_000_000n, 3600000000: 60_000_000n }[Number(unit)]
  const rest = below === undefined ? 0n : ((span % unit) / below) * below
  return rest > 0n ? `${whole} ${formatDuration(rest)}` : whole
}

function measured({ look, lookProblem, rollout, now }: RolloutFacts): Guard {
  const fresh = look !== null && now - look.at <= staleAfter(rollout)
  return {
    guard: 'measured',
    title: 'evidence',
    holds: fresh,
    now: look === null ? (lookProblem ?? 'nothing was measured yet') : `measured ${formatTimestamp(look.at)}`,
    needed: `a look within ${formatDuration(staleAfter(rollout))}`,
    when: null,
    code: 'ROLLOUT_GUARD',
  }
}

function noHarm({ look }: RolloutFacts): Guard | undefined {
  if (look === null) return undefined
  const cells = look.evidence.harm.filter(({ status }) => status === 'protected')
  const harmed = cells.filter(each => each.harmed)
  const lowest = Math.min(1, ...cells.flatMap(({ pHolm }) => pHolm ?? []))
  const [worst] = harmed
  return {
    guard: 'harm',
    title: 'no harm',
    holds: !look.evidence.harmed,
    now: worst
      ? `${worst.metric} on ${worst.slice} is harmed (p ${numberText(worst.pHolm ?? worst.p)})`
      : cells.length === 0
        ? 'no protected cell is tested'
        : `lowest p of ${cells.length} protected cells is ${numberText(lowest)}`,
    needed: 'no protected cell harmed',
    when: null,
    code: 'ROLLOUT_GUARD',
  }
}

function coverage({ look }: RolloutFacts): Guard | undefined {
  const found = look?.evidence.coverage
  if (!found) return undefined
  const { share, biased, pairs, eligible } = found
  return {
    guard: 'coverage',
    title: 'pairs',
    holds: isDefined(share) && share >= leastCoverage && !biased,
    now: `${pairs} of ${eligible} answers have a pair (${percentText(share)})${biased ? ', and those differ from the others' : ''}`,
    needed: `at least ${percentText(leastCoverage)}`,
    when: null,
    code: 'ROLLOUT_GUARD',
  }
}

function plannedRows({ look }: RolloutFacts): Guard | undefined {
  if (look === null || look.evidence.planned.cells === 0) return undefined
  const { cells, reached } = look.evidence.planned
  return {
    guard: 'planned-n',
    title: 'planned rows',
    holds: reached >= cells,
    now: `reached in ${reached} of ${cells} protected cells`,
    needed: `in all ${cells}`,
    when: whenPlanned(look),
    code: 'WINDOW_TOO_SHORT',
  }
}

/** At the rate rows came so far; null where there is none to go by. */
function whenPlanned({ at, evidence }: NonNullable<RolloutFacts['look']>): Micros | null {
  const since = BigInt(Date.parse(evidence.since)) * 1000n
  const factors = (evidence.contracts?.cells ?? []).flatMap(({ status, planned, matured: rows }) =>
    status === 'protected' && planned !== null && rows < planned ? [rows > 0 ? planned / rows : 0] : [],
  )
  if (factors.length === 0 || factors.includes(0) || at <= since) return null
  return since + BigInt(Math.ceil(Number(at - since) * Math.max(...factors)))
}

function stageContracts({ look, rollout }: RolloutFacts): Guard | undefined {
  const contracts = look?.evidence.contracts
  if (!contracts) return undefined
  return {
    guard: 'contracts',
    title: `contracts of ${rollout.now.heldFrom ?? rollout.now.state}`,
    holds: contracts.verdict === 'pass',
    now: contracts.summary,
    needed: 'all pass',
    when: null,
    code: contracts.verdict === 'fail' ? 'CONTRACT_FAILED' : 'CONTRACT_INCONCLUSIVE',
  }
}

function sampleRatio({ look }: RolloutFacts): Guard | undefined {
  const found = look?.evidence.sampleRatio
  if (!found) return undefined
  const list = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([arm, count]) => `${arm} ${Math.round(count)}`)
      .join(', ')
  return {
    guard: 'sample-ratio',
    title: 'split of units',
    holds: found.state !== 'mismatch' && !(isDefined(found.p) && found.p < mismatchP),
    now: `${list(found.counts)}${found.state === 'not-measured' ? ' (too few to test)' : ` (p ${numberText(found.p)})`}`,
    needed: list(found.expected),
    when: null,
    code: 'SAMPLE_RATIO_MISMATCH',
  }
}

function operations({ look }: RolloutFacts): Guard | undefined {
  if (look === null) return undefined
  const wrong = look.evidence.guards.filter(({ state }) => state === 'breached')
  const said = look.evidence.guards.map(
    ({ guard, challenger, champion }) =>
      `${guard} ${challenger.events}/${challenger.of} against ${champion.events}/${champion.of}`,
  )
  return {
    guard: 'operations',
    title: 'errors, slowness, fallbacks',
    holds: wrong.length === 0,
    now:
      wrong.length > 0
        ? `breached: ${wrong.map(({ guard }) => guard).join(', ')}`
        : said.join('; ') || 'nothing counted',
    needed: 'within their limits',
    when: null,
    code: 'ROLLOUT_GUARD',
  }
}

function matured({ look, settings }: RolloutFacts): Guard | undefined {
  if (look === null || !settings.hasLabels) return undefined
  const { rows, labelled, share } = look.evidence.matured
  return {
    guard: 'matured',
    title: 'matured labels',
    holds: isDefined(share) && share >= leastMatured,
    now: `${percentText(share)} (${labelled} of ${rows} decisions)`,
    needed: `at least ${percentText(leastMatured)}`,
    when: null,
    code: 'WINDOW_TOO_SHORT',
  }
}

function lease({ folded, rollout }: RolloutFacts): Guard {
  const holder = leaseHolder(folded)
  const free = holder === undefined || holder.id === rollout.id
  return {
    guard: 'lease',
    title: 'lease',
    holds: free,
    now: free ? 'free' : `release ${holder.release} has it since ${formatTimestamp(holder.since)}`,
    needed: 'no other rollout beyond its first step',
    when: null,
    code: 'LEASE_TAKEN',
  }
}

function approvals({ rollout, approvedBy }: RolloutFacts): Guard | undefined {
  const { approvals: wanted } = rollout.terms
  if (wanted === 0) return undefined
  return {
    guard: 'approvals',
    title: 'approvals',
    holds: approvedBy.length >= wanted,
    now: approvedBy.length === 0 ? 'nobody approved' : `by ${approvedBy.join(', ')}`,
    needed: `${wanted} beside who started it`,
    when: null,
    code: 'ROLLOUT_GUARD',
    hint: `fettle rollout approve ${rollout.id} as somebody else.`,
  }
}

function purpose({ settings: { production, hasPurpose } }: RolloutFacts): Guard | undefined {
  if (!production) return undefined
  return {
    guard: 'purpose',
    title: 'purpose',
    holds: hasPurpose,
    now: hasPurpose ? 'declared' : 'none is declared',
    needed: 'what the deployment is for, and the number it is judged by',
    when: null,
    code: 'NO_PURPOSE',
  }
}

function championServes({ settings: { serves } }: RolloutFacts): Guard {
  return {
    guard: 'champion',
    title: 'champion',
    holds: serves,
    now: serves ? 'one serves' : 'nothing serves',
    needed: 'a release to score beside',
    when: null,
    code: 'NO_CHAMPION',
    hint: 'The first release of a deployment starts at 100 %: fettle deploy.',
  }
}

function verdictStands({ objection }: RolloutFacts): Guard {
  return {
    guard: 'verdict',
    title: 'verdict of the gate',
    holds: objection === undefined,
    now: objection?.message ?? 'stands',
    needed: 'a verdict that passes and stands',
    when: null,
    code: objection?.code ?? 'STALE_VERIFY',
    ...(objection ? { hint: objection.hint } : {}),
  }
}

function freshData({ candidate: { madeAt, verifiedAt }, folded, now }: RolloutFacts): Guard {
  const staleAt = madeAt + micros(maxAge)
  const fresh = now <= staleAt || (verifiedAt !== null && verifiedAt > staleAt)
  return {
    guard: 'data-age',
    title: 'age of its data',
    holds: fresh,
    now: fresh
      ? 'recent, or verified since'
      : `made ${formatTimestamp(madeAt)}, not verified since it is old`,
    needed: `at most ${maxAge}, or verified since`,
    when: null,
    code: 'STALE_CANDIDATE',
    hint: `fettle release verify ${folded.deployment} looks at it again.`,
  }
}

function contractsUnchanged({ rollout: { contractSet }, settings }: RolloutFacts): Guard {
  const same = contractSet === settings.contractSet
  return {
    guard: 'contracts-unchanged',
    title: 'contracts as it began',
    holds: same,
    now: same ? 'the same' : 'other contracts are declared now',
    needed: 'the same',
    when: null,
    code: 'CONTRACT_CHANGED_DURING_ROLLOUT',
  }
}

function numberText(value: Quantity): string {
  return isDefined(value) ? String(Number(value.toPrecision(2))) : `unknown: ${value.undefined}`
}

function percentText(share: Quantity): string {
  return isDefined(share) ? `${Number((share * 100).toFixed(1))} %` : `unknown: ${share.undefined}`
}
