import type {
  AutonomyHistory,
  BatchView,
  PaceView,
  ProposalView,
  StandingView,
  SuggestionView,
} from '../../api/suggestions.ts'
import type {
  LadderStep,
  PacePerPerson,
  Proposal,
  ShownBatch,
  Standing,
  Suggestion,
} from '../../governance/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp, type Micros, parseTimestamp } from '../../kernel/time.ts'
import { fromWireJson, toWireJson } from './json.ts'

const orNull = (at: Micros | null) => (at === null ? null : formatTimestamp(at))

export function suggestionToWire(suggestion: Suggestion): SuggestionView {
  const { old, proposed, details, decision, outcome, interval, window, ...rest } = suggestion
  return {
    ...rest,
    ...{ old: toWireJson(old), proposed: toWireJson(proposed), details: toWireJson(details) },
    interval: interval && { ...interval },
    window: { ...window },
    expiresAt: formatTimestamp(rest.expiresAt),
    madeAt: formatTimestamp(rest.madeAt),
    appliesAt: orNull(rest.appliesAt),
    appliedAt: orNull(rest.appliedAt),
    decision: decision && {
      ...decision,
      at: formatTimestamp(decision.at),
      value: toWireJson(decision.value),
    },
    outcome: outcome && {
      ...outcome,
      at: formatTimestamp(outcome.at),
      details: toWireJson(outcome.details),
    },
  }
}

/** Throws BAD_REQUEST for an expiry that is no instant. */
export function proposalFromWire(wire: ProposalView): Proposal {
  const { old, proposed, details, expiresAt, vetoWindow, ...rest } = wire
  const until = parseTimestamp(expiresAt)
  if (until === undefined)
    throw new FettleError(
      'BAD_REQUEST',
      `expiresAt: "${expiresAt.slice(0, 80)}" is no RFC 3339 time with zone`,
    )
  return {
    ...rest,
    ...{ old: fromWireJson(old), proposed: fromWireJson(proposed), details: fromWireJson(details) },
    expiresAt: until,
    ...(vetoWindow === undefined ? {} : { vetoWindow: BigInt(Math.round(vetoWindow * 1e6)) }),
  }
}

export function batchToWire({ members, at, drawn, ...batch }: ShownBatch): BatchView {
  return {
    ...batch,
    at: formatTimestamp(at),
    size: members.length,
    sample: drawn.map(suggestionToWire),
  }
}

export function standingToWire(standing: Standing): StandingView {
  return {
    ...standing,
    since: formatTimestamp(standing.since),
    conditions: standing.conditions.map(each => ({ ...each })),
  }
}

export function stepToWire({ evidence, at, ...step }: LadderStep): AutonomyHistory['items'][number] {
  return {
    ...step,
    at: formatTimestamp(at),
    evidence: evidence as AutonomyHistory['items'][number]['evidence'],
  }
}

export function paceToWire({ overall, people }: PacePerPerson): PaceView {
  return { overall: { ...overall }, people: people.map(each => ({ ...each })) }
}
