import { memberLists } from './largest-flips.ts'
import type { LookFacts, TrafficRow } from './model.ts'
import { type OutcomeUnits, outcomeUnits } from './outcomes.ts'
import { entityOf, isRouted, type Pairing, pairing } from './pairing.ts'
import { type RowTable, rowTable, type TableTerms } from './row-table.ts'
import { type EvidenceTerms, isCompared, keptColumns } from './terms.ts'
import { type ArmName, type UnitCounts, unitCounts } from './unit-counts.ts'

export interface EvidenceLimits {
  /** Rows kept of each table. */
  readonly rows: number
  /** Halves of pairs that are waited for. */
  readonly waiting: number
  /** Rows read at once. */
  readonly page: number
}

/** What has been read of a rollout's traffic. */
export interface WatchedTraffic {
  /** Champion's answers that the challenger scored, since the rollout began. */
  readonly forward: Pairing
  add(row: TrafficRow): void
  /** Of the step that the facts are in: begins anew when it does. */
  step(facts: LookFacts): WatchedStep
}

/** What has been read of one stage, or step of a canary. */
export interface WatchedStep {
  /** Challenger's answers that the former champion scored. */
  readonly reverse: Pairing
  /** Answers of both arms. */
  readonly answered: RowTable
  readonly counts: UnitCounts
  readonly outcomes: Readonly<Record<'challenger' | 'champion' | 'holdback', OutcomeUnits>>
}

export function watchTraffic(terms: EvidenceTerms, facts: LookFacts, limits: EvidenceLimits): WatchedTraffic {
  const { slices = [] } = terms
  const columns = keptColumns(terms)
  const table: TableTerms = {
    task: terms.task,
    columns,
    numeric: new Set(columns.filter(column => isCompared(slices, column))),
    limit: limits.rows,
  }
  const pair = (arm: 0 | 1, { champion, challenger }: LookFacts, since: bigint): Pairing => {
    const digests = [champion?.digest ?? '', challenger.digest]
    return pairing({
      ...table,
      answers: digests[arm] ?? '',
      scores: digests[1 - arm] ?? '',
      arm,
      entity: terms.entity,
      since: Number(since),
      waiting: limits.waiting,
      names: terms.names,
      lists: memberLists(slices),
    })
  }
  const begin = (now: LookFacts) => ({
    key: `${now.stage} ${now.since}`,
    facts: now,
    reverse: pair(1, now, now.since),
    answered: rowTable(table),
    counts: unitCounts(),
    outcomes: { challenger: outcomeUnits(), champion: outcomeUnits(), holdback: outcomeUnits() },
  })
  const forward = pair(0, facts, facts.shadowSince)
  let step = begin(facts)
  return {
    forward,
    add(row) {
      forward.add(row)
      if (step.facts.stage === 'probation') step.reverse.add(row)
      if (row.decidedAt >= step.facts.since) addAnswer(step, row, terms)
    },
    step(now) {
      if (step.key !== `${now.stage} ${now.since}`) step = begin(now)
      return step
    },
  }
}

function addAnswer(
  step: WatchedStep & { readonly facts: LookFacts },
  row: TrafficRow,
  terms: EvidenceTerms,
): void {
  const { facts, counts, outcomes, answered } = step
  const takesOutcomes = terms.feedback?.some(kind => kind.is === 'outcome') === true
  const unit = row.unit ?? row.predictionId
  if (row.kind === 'online' && row.arm === 'holdback' && takesOutcomes)
    outcomes.holdback.add(unit, row.predictionId)
  const arm = armOf(row, facts)
  if (arm === null) return
  counts.add(row, arm)
  if (takesOutcomes) outcomes[arm === 'challenger' ? 'challenger' : 'champion'].add(unit, row.predictionId)
  if (facts.stage === 'shadow' || (facts.stage === 'probation' && facts.champion !== null)) return
  const said = { score: row.score, acted: row.acted }
  answered.add({
    id: row.predictionId,
    at: Number(row.decidedAt),
    entity: entityOf(row, terms.entity),
    arm: arm === 'challenger' ? 1 : 0,
    champion: said,
    challenger: said,
    fields: row.fields,
  })
}

/** By the release that answered; another challenger's answers are of no arm here. */
function armOf(row: TrafficRow, { champion, challenger }: LookFacts): ArmName | null {
  if (!isRouted(row)) return null
  if (row.digest === challenger.digest && row.arm !== 'control') return 'challenger'
  if (row.digest !== champion?.digest) return null
  return row.arm === 'control' ? 'control' : 'champion'
}
