import { holm } from '../multiple-testing.ts'
import type { CellErrors } from '../planning/plan.ts'
import { undefinedBecause } from '../quantity.ts'
import { claimEvidence, rowsNeeded } from './claims.ts'
import { measureCell } from './measure.ts'
import type { Cell, JudgedCell, JudgedCells, MeasuredCell, Verdict } from './model.ts'

/** A paired cell with fewer effective rows decides nothing, whatever its counts. */
const leastPaired = 30

/**
 * Cells to verdicts (releases.md §4.7). A cell passes iff its evidence for the claim is ≤ `alpha`, unadjusted: all protected
 * cells must pass. It fails iff its evidence against is, adjusted by Holm over the measured protected cells; watched and
 * dry-run cells are read one by one and never change the release. `beta` is that of a cell, for the rows still needed.
 */
export function judgeCells(
  cells: readonly Cell[],
  { alpha, beta = 0.2 }: Partial<CellErrors> & Pick<CellErrors, 'alpha'>,
): JudgedCells {
  const read = cells.map(cell => readCell(cell, { alpha, beta }))
  const family = read.filter(({ cell, judged }) => cell.status === 'protected' && judged.reason === null)
  const adjusted = holm(family.map(({ judged }) => Number(judged.pFail)))
  const judged = read.map(each => {
    const place = family.indexOf(each)
    return decided(each, { alpha, pFailHolm: place < 0 ? null : (adjusted[place] ?? 1) })
  })
  return { cells: judged, release: releaseVerdict(cells, judged), family: family.length }
}

interface ReadCell {
  readonly cell: Cell
  readonly judged: Omit<JudgedCell, 'verdict' | 'pFailHolm'>
}

function readCell(cell: Cell, errors: CellErrors): ReadCell {
  const measured = measureCell(cell)
  if ('undefined' in measured) return { cell, judged: unmeasured(measured.undefined) }
  const { pass, fail } = claimEvidence(cell.claim, measured)
  return {
    cell,
    judged: {
      estimate: measured.estimate,
      ...measured.bounds(errors.alpha),
      effective: measured.effective,
      pPass: pass,
      pFail: fail,
      reason: tooFew(cell, measured) ? 'too-few' : null,
      needed: tooFew(cell, measured)
        ? Math.ceil((leastPaired / measured.effective) * measured.rows) - measured.rows
        : rowsNeeded(cell.claim, measured, errors),
    },
  }
}

function tooFew({ measurement }: Cell, { effective }: MeasuredCell): boolean {
  return measurement.kind === 'paired' && effective < leastPaired
}

function unmeasured(reason: string): ReadCell['judged'] {
  const none = undefinedBecause(reason)
  return {
    estimate: none,
    lower: none,
    upper: none,
    effective: 0,
    pPass: none,
    pFail: none,
    reason,
    needed: null,
  }
}

function decided(
  { cell, judged }: ReadCell,
  { alpha, pFailHolm }: { readonly alpha: number; readonly pFailHolm: number | null },
): JudgedCell {
  const against = pFailHolm ?? judged.pFail
  const fails = typeof against === 'number' && against <= alpha && enoughEvents(cell)
  const passes = typeof judged.pPass === 'number' && judged.pPass <= alpha
  const verdict: Verdict =
    judged.reason !== null ? 'inconclusive' : passes ? 'pass' : fails ? 'fail' : 'inconclusive'
  return { ...judged, pFailHolm, verdict, needed: verdict === 'inconclusive' ? judged.needed : 0 }
}

/** With a floor of k events, fewer than k more events than before are no harm yet. */
function enoughEvents({ claim, measurement, better }: Cell): boolean {
  if (measurement.kind !== 'paired' || !('leastEvents' in claim) || claim.leastEvents === undefined)
    return true
  const more = (measurement.b - measurement.c) * (better === 'higher' ? -1 : 1)
  return (claim.form === 'within' ? Math.abs(more) : more) >= claim.leastEvents
}

/** Any protected cell that fails, else any that is inconclusive, else pass. */
function releaseVerdict(cells: readonly Cell[], judged: readonly JudgedCell[]): Verdict {
  const verdicts = judged.filter((_, index) => cells[index]?.status === 'protected').map(cell => cell.verdict)
  if (verdicts.includes('fail')) return 'fail'
  return verdicts.includes('inconclusive') ? 'inconclusive' : 'pass'
}
