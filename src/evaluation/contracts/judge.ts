import type { ContractData } from '../../definitions/index.ts'
import { contentHash, type Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { isDefined, type JudgedCell, judgeCells } from '../../kernel/statistics/index.ts'
import type { ContractCell, ContractsReport } from '../reports/contracts.ts'
import { isRelative } from './cell-tests.ts'
import { type Draft, draftCells, kernelCell, marginKey } from './drafts.ts'
import { plannedRows } from './planned-rows.ts'
import { type ContractsRequest, errorsOf } from './request.ts'
import { summaryOf } from './summary.ts'
import { adviceFor, claimWords, counted, reasonSentence, seenWords } from './words.ts'

/**
 * Judges a release by the contracts of a stage on rows that chose nothing: every contract on every cell of its slices, with
 * bounds, evidence, the rows still needed and what to do; any protected cell that fails is a fail, any that is undecided
 * leaves the release undecided. Throws JUDGED_ON_CHOSEN_ROWS, MISSING_PAIRS for outputs of other rows, NO_CHAMPION where
 * protected contracts only compare and there is nothing to compare with, and what the slices throw.
 */
export function judgeContracts(request: ContractsRequest): ContractsReport {
  checkRows(request)
  checkChampion(request)
  const drafts = draftCells(request)
  const judged = judgeDrafts(drafts)
  const cells = drafts.map((draft, index) => cellOf(draft, judged[index] as JudgedCell))
  const decisive = cells.filter(cell => cell.status === 'protected').map(cell => cell.verdict)
  const verdict = decisive.includes('fail')
    ? 'fail'
    : decisive.includes('inconclusive')
      ? 'inconclusive'
      : 'pass'
  const order = cells.map((_, index) => index).sort(worstFirst(cells))
  const sorted = order.map(index => cells[index] as ContractCell)
  const worst = drafts[order[0] ?? 0]
  return {
    schema: 1,
    verdict,
    summary: summaryOf(verdict, sorted, worst?.test),
    cells: sorted,
    setHash: setHash(request, drafts),
    rowSet: request.rows.hash,
    stage: request.stage,
    alpha: drafts.length > 0 ? Math.min(...drafts.map(draft => draft.alpha)) : alphaWithout(request),
    family: judged.filter(cell => cell.pFailHolm !== null).length,
    chosenOn: request.choose.length,
    judgedOn: request.judge.length,
    basis: request.basis,
  }
}

/** α of a set that has no cells. */
function alphaWithout({ stage, maxChallengers = 1 }: ContractsRequest): number {
  const { alpha, looks } = errorsOf({ stage } as ContractData)
  return alpha / (looks * maxChallengers)
}

function checkRows({ rows, champion, challenger, judge, choose }: ContractsRequest): void {
  for (const outputs of [challenger, ...(champion ? [champion] : [])]) {
    if (outputs.scores.length !== rows.rows)
      throw new FettleError(
        'MISSING_PAIRS',
        `A model scored ${outputs.scores.length} rows, and ${rows.rows} are to be judged`,
      )
  }
  const chose = new Uint8Array(rows.rows)
  for (const row of choose) chose[row] = 1
  const both = judge.filter(row => chose[row] === 1).length
  if (both > 0)
    throw new FettleError(
      'JUDGED_ON_CHOSEN_ROWS',
      `${counted(both)} of the ${counted(judge.length)} rows that are to judge also chose thresholds or calibration`,
    )
}

/** A first release is judged by what it is; a set that only compares cannot judge it (releases.md §8, T3). */
function checkChampion({ champion, contracts, stage }: ContractsRequest): void {
  const deciding = contracts.filter(each => each.stage === stage && each.status === 'protected')
  if (champion !== null || deciding.length === 0) return
  if (deciding.some(({ claim: { form } }) => form === 'atMost' || form === 'atLeast' || form === 'fair'))
    return
  throw new FettleError(
    'NO_CHAMPION',
    `${deciding.map(each => `"${each.name}"`).join(', ')} compare with a champion, and there is none yet`,
  )
}

/** Contracts may differ in α; Holm's family is the same for all. */
function judgeDrafts(drafts: readonly Draft[]): readonly JudgedCell[] {
  const cells = drafts.map(kernelCell)
  const levels = new Map<string, readonly JudgedCell[]>()
  return drafts.map(({ alpha, beta, early }, index) => {
    const level = `${alpha}|${beta}`
    const judged = levels.get(level) ?? judgeCells(cells, { alpha, beta }).cells
    levels.set(level, judged)
    return undecidedEarly(judged[index] as JudgedCell, early)
  })
}

/** Looks are planned: between them estimates are shown, and nothing is decided (releases.md §4.7). */
function undecidedEarly(judged: JudgedCell, early: number | null): JudgedCell {
  if (early === null || judged.reason !== null) return judged
  return { ...judged, verdict: 'inconclusive', reason: 'before-planned', needed: early }
}

function cellOf(draft: Draft, judged: JudgedCell): ContractCell {
  const { contract, test, cell, status, observed, resolved } = draft
  const { labels, members } = cell
  const margin = judged.reason === 'no-champion' && isRelative(test) ? null : resolved.bound
  return {
    contract: contract.name,
    claim: claimWords(test, margin),
    form: test.form,
    slice: cell.slice.name,
    status,
    metric: test.metric,
    rows: members.length,
    matured: labels.matured,
    effective: judged.effective,
    champion: observed.champion,
    challenger: observed.challenger,
    estimate: judged.estimate,
    lower: judged.lower,
    upper: judged.upper,
    margin,
    pPass: judged.pPass,
    pFail: judged.pFail,
    pFailHolm: judged.pFailHolm,
    verdict: judged.verdict,
    reason: judged.reason,
    planned: draft.firstLook ?? plannedRows(draft),
    needed: judged.needed,
    advice: adviceOf(draft, judged),
  }
}

function adviceOf(draft: Draft, judged: JudgedCell): string {
  const { remark } = draft.observed
  return [...sentences(draft, judged), ...(remark === null ? [] : [remark])].join(' ')
}

function sentences({ test, status }: Draft, judged: JudgedCell): readonly string[] {
  const { verdict, reason, needed } = judged
  const seen = `${capitalised(seenWords(test, judged))}.`
  if (verdict === 'pass') return [seen, 'Nothing to do.']
  if (verdict === 'fail')
    return [seen, remedies[test.kind], ...(status === 'protected' ? [] : ['It does not decide.'])]
  const rows = needed === null ? null : `${counted(needed)} more ${needed === 1 ? 'row' : 'rows'}`
  if (reason !== null)
    return [reasonSentence(reason), rows === null ? adviceFor(reason) : `At least ${rows} are needed.`]
  if (rows === null)
    return [
      seen,
      'It cannot pass at this effect and is not proven to break: improve the release, or widen the margin.',
    ]
  return [seen, `About ${rows} decide it at this effect: lengthen the window, widen the margin, or watch it.`]
}

const remedies = {
  absolute: 'Train or threshold again, or say why the limit may be loosened.',
  difference: 'Look at the rows that flipped here, then train or threshold again.',
  fair: 'Look at the rows of the group that is worse off, then train or threshold again.',
} as const

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const verdictOrder = { fail: 0, inconclusive: 1, pass: 2 } as const
const statusOrder = { protected: 0, 'dry-run': 1, watched: 2 } as const

/** Failing, undecided, passing; in each the deciding ones, then the one nearest its margin first. */
function worstFirst(cells: readonly ContractCell[]): (a: number, b: number) => number {
  const rank = (cell: ContractCell): readonly number[] => [
    verdictOrder[cell.verdict],
    statusOrder[cell.status],
    cell.verdict === 'fail' ? number(cell.pFail) : -number(cell.pPass),
  ]
  const ranks = cells.map(rank)
  return (a, b) => {
    const [one = [], other = []] = [ranks[a], ranks[b]]
    const at = one.findIndex((value, index) => value !== other[index])
    return at < 0 ? a - b : (one[at] ?? 0) - (other[at] ?? 0)
  }
}

function number(quantity: ContractCell['pPass']): number {
  return isDefined(quantity) ? quantity : 2
}

/** Over contracts and slices as declared and the margins that are fixed for the rollout. */
function setHash({ contracts, slices }: ContractsRequest, drafts: readonly Draft[]): string {
  const margins = Object.fromEntries(
    drafts.flatMap(draft =>
      draft.resolved.frozen === null ? [] : [[marginKey(draft), draft.resolved.frozen]],
    ),
  )
  return contentHash({ contracts, slices, margins } as unknown as Json)
}
