import { clopperPearson } from './clopper-pearson.ts'

/** Evidence that the suggestions of a rule are accepted (releases.md §7). */
export interface Acceptance {
  /** Lower Clopper-Pearson bound of the acceptance rate; 0 where nothing was decided. */
  readonly lower: number
  /** lower ≥ 0.90: from `suggest` to `veto`. */
  readonly enoughForVeto: boolean
  /** lower ≥ 0.95: from `veto` to `auto`. */
  readonly enoughForAuto: boolean
}

/** The evidence counts at which the bound may be read; in between nobody peeks. */
export const acceptanceLooks: readonly number[] = [29, 59, 120, 240, 480]

/** Of `decided` suggestions `accepted` were accepted; one-sided `alpha`. */
export function acceptanceBound(accepted: number, decided: number, alpha = 0.05): Acceptance {
  const bounds = clopperPearson(accepted, decided, alpha)
  const lower = 'undefined' in bounds ? 0 : bounds.lower
  return { lower, enoughForVeto: lower >= 0.9, enoughForAuto: lower >= 0.95 }
}
