import type { Confusion } from '../confusion.ts'

/** Numbers as another product gives them, with its own answers where a rate has no denominator: they may be NaN or infinite. */
export type CompatibleNumbers<Name extends string> = Readonly<Record<Name, number>>

export type FairlearnName =
  | 'demographic_parity_difference'
  | 'demographic_parity_ratio'
  | 'equalized_odds_difference'
  | 'equal_opportunity_difference'

const over = (x: number, n: number): number => (n === 0 ? 0 : x / n)
const rows = ({ tp, fp, fn, tn }: Confusion): number => tp + fp + fn + tn

/** Fairlearn's disparities between groups (fairlearn/metrics, 2026): a rate without denominator is 0, a ratio of 0 to 0 NaN. */
export function fairlearn(groups: readonly Confusion[]): CompatibleNumbers<FairlearnName> {
  const spread = (rate: (table: Confusion) => number) => {
    const found = groups.map(rate)
    return { low: Math.min(...found), high: Math.max(...found) }
  }
  const difference = (rate: (table: Confusion) => number) => {
    const { low, high } = spread(rate)
    return high - low
  }
  const selected = (table: Confusion) => over(table.tp + table.fp, rows(table))
  const tpr = ({ tp, fn }: Confusion) => over(tp, tp + fn)
  const fpr = ({ fp, tn }: Confusion) => over(fp, fp + tn)
  const { low, high } = spread(selected)
  return {
    demographic_parity_difference: high - low,
    demographic_parity_ratio: low / high,
    equalized_odds_difference: Math.max(difference(tpr), difference(fpr)),
    equal_opportunity_difference: difference(tpr),
  }
}

export type ClarifyName =
  | 'CI'
  | 'DPL'
  | 'DPPL'
  | 'DI'
  | 'DCA'
  | 'DCR'
  | 'RD'
  | 'SD'
  | 'DAR'
  | 'DRR'
  | 'AD'
  | 'TE'

/** As SageMaker Clarify divides: 0/0 is 0, x/0 is ∞. */
const divided = (x: number, y: number): number => (y === 0 ? (x === 0 ? 0 : Infinity) : x / y)
/** Two infinities do not differ. */
const less = (x: number, y: number): number => (x === y ? 0 : x - y)

/**
 * SageMaker Clarify's bias metrics (smclarify/bias/metrics, 2025) of one group (`sensitive`, d) against the rest (a):
 * CI (nₐ − n_d)/(nₐ + n_d); DPL and DPPL differences a − d in label and predicted positives; DI their ratio d/a; DCA and DCR
 * differences in labels over predictions, of positives a − d and of negatives d − a; RD recall a − d; SD specificity d − a;
 * DAR precision a − d; DRR share of rejections that are right, d − a; AD accuracy a − d; TE false negatives over false
 * positives, d − a.
 */
export function clarify({
  sensitive: d,
  rest: a,
}: {
  readonly sensitive: Confusion
  readonly rest: Confusion
}): CompatibleNumbers<ClarifyName> {
  const positives = ({ tp, fn }: Confusion) => tp + fn
  const negatives = ({ fp, tn }: Confusion) => fp + tn
  const acted = ({ tp, fp }: Confusion) => tp + fp
  const passed = ({ fn, tn }: Confusion) => fn + tn
  const share = (of: (table: Confusion) => number) => (table: Confusion) => divided(of(table), rows(table))
  const aLessD = (rate: (table: Confusion) => number) => less(rate(a), rate(d))
  const dLessA = (rate: (table: Confusion) => number) => less(rate(d), rate(a))
  return {
    CI: divided(rows(a) - rows(d), rows(a) + rows(d)),
    DPL: aLessD(share(positives)),
    DPPL: aLessD(share(acted)),
    DI: divided(share(acted)(d), share(acted)(a)),
    DCA: aLessD(table => divided(positives(table), acted(table))),
    DCR: dLessA(table => divided(negatives(table), passed(table))),
    RD: aLessD(table => divided(table.tp, positives(table))),
    SD: dLessA(table => divided(table.tn, negatives(table))),
    DAR: aLessD(table => divided(table.tp, acted(table))),
    DRR: dLessA(table => divided(table.tn, passed(table))),
    AD: aLessD(share(({ tp, tn }) => tp + tn)),
    TE: dLessA(({ fn, fp }) => divided(fn, fp)),
  }
}
