import type { Evidence } from '../bounds/clopper-pearson.ts'
import { zeroEventRows } from '../planning/absolute.ts'
import { type CellErrors, deviates } from '../planning/plan.ts'
import { mirrored } from './measure.ts'
import type { CellClaim, MeasuredCell } from './model.ts'

/** Evidence for and against a claim (releases.md §3). `within` is two one-sided tests. */
export function claimEvidence(claim: CellClaim, cell: MeasuredCell): Evidence {
  switch (claim.form) {
    case 'noWorse':
      return cell.p(claim.margin)
    case 'better':
      return cell.p(-claim.by)
    case 'atMost':
      return cell.p(claim.limit)
    case 'atLeast':
      return mirrored(cell.p(claim.limit))
    default: {
      const [above, below] = [cell.p(claim.margin), mirrored(cell.p(-claim.margin))]
      return {
        pass: Math.max(above.pass, below.pass),
        fail: Math.min(1, 2 * Math.min(above.fail, below.fail)),
      }
    }
  }
}

/** How far the estimate is inside the claim; not positive where it breaks it. */
function room(claim: CellClaim, estimate: number): number {
  switch (claim.form) {
    case 'noWorse':
      return claim.margin - estimate
    case 'better':
      return -claim.by - estimate
    case 'atMost':
      return claim.limit - estimate
    case 'atLeast':
      return estimate - claim.limit
    default:
      return claim.margin - Math.abs(estimate)
  }
}

/**
 * Rows still missing for a pass at the observed effect: ⌈(z_{1−α} + z_{1−β})² · variance/(m − ĥ)²⌉ − n, β/2 for `within`; where
 * nothing varied ⌈ln α/ln(1 − m)⌉ − n. Null where the observed effect breaks the claim.
 */
export function rowsNeeded(claim: CellClaim, cell: MeasuredCell, { alpha, beta }: CellErrors): number | null {
  const margin = room(claim, cell.estimate)
  if (!(margin > 0)) return null
  const { zAlpha, zBeta } = deviates({ alpha, beta: claim.form === 'within' ? beta / 2 : beta })
  const total =
    cell.rowVariance === 0
      ? (cell.rows / cell.effective) * zeroEventRows(Math.min(margin, 1 - 1e-9), alpha)
      : ((zAlpha + zBeta) ** 2 * cell.rowVariance) / margin ** 2
  return Math.max(1, Math.ceil(total) - cell.rows)
}
