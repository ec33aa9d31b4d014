import type { ContractData } from '../../definitions/index.ts'
import {
  type ContractCell,
  type ContractsReport,
  denominatorOf,
  errorsOf,
  judgeContracts,
  planContracts,
  type RequestCounts,
  type ResolvedSlice,
  resolveSlices,
  rowsOver,
} from '../../evaluation/index.ts'
import type { GuardedArms } from './guards.ts'
import type { ArmCounts, LookFacts, StageEvidence } from './model.ts'
import type { TableView } from './row-table.ts'
import type { EvidenceTerms } from './terms.ts'

export interface StageRequest {
  readonly terms: EvidenceTerms
  readonly facts: LookFacts
  readonly contracts: readonly ContractData[]
  readonly view: TableView
  readonly cells: readonly ResolvedSlice[]
  readonly isPaired: boolean
  /** Requests of the step, where the fronts counted any. */
  readonly guarded: GuardedArms
}

/** The cells of the slices, and an empty one for each that a contract names and no row is of yet. */
export function stageCells(
  { rows }: TableView,
  { slices = [], contracts = [] }: EvidenceTerms,
): readonly ResolvedSlice[] {
  const cells = resolveSlices(rows, slices)
  const named = new Set(contracts.flatMap(contract => contract.slices))
  for (const { name, slice } of cells) {
    named.delete(name)
    named.delete(slice)
  }
  const none = new Int32Array(0)
  return [...cells, ...[...named].map(name => ({ name, slice: name, value: null, rows: none }))]
}

/** Rows of the first look, by `contract|cell`. */
type Planned = Readonly<Record<string, number>>

/**
 * Contracts of the stage on what it has so far: on pairs, or on two arms in a canary. Each protected cell is looked at with
 * the rows that were planned for it and with twice as many, and decides nothing in between. Null where none is declared.
 */
export function judgeStage(request: StageRequest): {
  readonly report: ContractsReport | null
  readonly planned: StageEvidence['planned']
} {
  const { terms, facts, contracts, view, isPaired, guarded } = request
  if (contracts.length === 0) return { report: null, planned: { cells: 0, reached: 0, exhausted: 0 } }
  const planned = plannedLooks(request)
  const report = judgeContracts({
    rows: view.rows,
    champion: facts.champion === null ? null : view.champion,
    challenger: view.challenger,
    judge: Int32Array.from({ length: view.rows.rows }, (_, row) => row),
    choose: new Int32Array(0),
    contracts,
    slices: terms.slices ?? [],
    cells: request.cells,
    stage: facts.stage,
    planned,
    ...(isPaired ? {} : { arms: view.arms }),
    ...(terms.costs ? { costs: terms.costs } : {}),
    ...(terms.fairness?.minDenominator === undefined
      ? {}
      : { minDenominator: terms.fairness.minDenominator }),
    ...(terms.maxChallengers === undefined ? {} : { maxChallengers: terms.maxChallengers }),
    ...(terms.observed ? { observed: terms.observed } : {}),
    ...(terms.margins ? { margins: terms.margins } : {}),
    ...(guarded.challenger.requests > 0 ? { requests: { all: requestsOf(guarded) } } : {}),
    basis: basisOf(request),
  })
  const own = report.cells.filter(cell => cell.status === 'protected')
  return {
    report,
    planned: {
      cells: own.length,
      reached: own.filter(cell => cell.reason === null).length,
      exhausted: own.filter(cell => isExhausted(cell, planned, request)).length,
    },
  }
}

function requestsOf({ challenger, champion }: GuardedArms): {
  readonly challenger: RequestCounts
  readonly champion: RequestCounts | null
} {
  const of = ({ requests, errors, slow, degraded }: ArmCounts) => ({
    requests,
    failed: errors,
    slow,
    degraded,
  })
  return { challenger: of(challenger), champion: champion.requests > 0 ? of(champion) : null }
}

function basisOf({ facts, view, isPaired }: StageRequest): string {
  const rows = String(view.rows.rows).replace(/\B(?=(\d{3})+$)/g, ' ')
  return isPaired
    ? `${rows} decisions that both releases scored in ${facts.stage === 'shadow' ? 'shadow' : 'reverse shadow'}`
    : `${rows} decisions of both arms in ${facts.stage}`
}

/** Cells that nothing is known of are read whenever they are looked at, and are named in a note. */
function plannedLooks({ terms, contracts, facts, isPaired, view }: StageRequest): Planned {
  const challenger = view.arms.reduce((sum, arm) => sum + arm, 0)
  const oldPerNew = facts.widths
    ? (facts.widths.champion + facts.widths.control) / Math.max(1, facts.widths.challenger)
    : (100 - facts.weight) / Math.max(1, facts.weight)
  const cells = planContracts({
    contracts,
    slices: terms.slices ?? [],
    history: terms.history,
    ...(isPaired || challenger === 0 ? {} : { oldPerNew }),
    ...(terms.maxChallengers === undefined ? {} : { maxChallengers: terms.maxChallengers }),
    ...(terms.observed ? { observed: terms.observed } : {}),
  })
  return Object.fromEntries(
    cells.flatMap(({ contract, slice, needed, basis }) => {
      const looks = looksOf(contracts, contract)
      return needed === null || basis === 'least'
        ? []
        : [[`${contract}|${slice}`, Math.max(1, Math.ceil(needed / 2 ** (looks - 1)))]]
    }),
  )
}

function looksOf(contracts: readonly ContractData[], name: string): number {
  const contract = contracts.find(each => each.name === name)
  return contract === undefined ? 1 : errorsOf(contract).looks
}

/** The rows of its last look are there, and it did not pass. */
function isExhausted(cell: ContractCell, planned: Planned, request: StageRequest): boolean {
  const first = planned[`${cell.contract}|${cell.slice}`]
  const slice = request.cells.find(each => each.name === cell.slice)
  if (first === undefined || slice === undefined || cell.verdict === 'pass') return false
  const { rows, challenger, arms } = request.view
  const over = cell.metric === 'precision' ? 'acted' : denominatorOf(cell.metric)
  const members = request.isPaired ? slice.rows : slice.rows.filter(row => arms[row] === 1)
  const counted = rowsOver(rows, members, {
    over,
    ...(challenger.actions ? { actions: challenger.actions } : {}),
  })
  return counted.length >= first * 2 ** (looksOf(request.contracts, cell.contract) - 1)
}
