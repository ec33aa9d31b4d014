import type {
  ComparedItem,
  ErasedRows,
  Ingredient,
  ReproductionClass,
  ReproductionReport,
  Verdict,
  VersionClass,
} from './model.ts'

/** Largest difference of a score or metric that counts as equal where a model declares none (tracking.md §8.4). */
export const defaultTolerance = 1e-6

export interface Judged {
  readonly verdict: Verdict
  readonly class: ReproductionClass
  readonly reason: string
}

export interface Evidence {
  readonly ingredients: readonly Ingredient[]
  readonly erased: ErasedRows
  /** Empty when nothing ran. */
  readonly items: readonly ComparedItem[]
}

/**
 * Verdict and class (tracking.md §8.2, 8.3). A missing ingredient, erased rows or something that could not be compared
 * leave it inconclusive. Bytes that differ still count as reproduced while the data is bit-equal and every score and
 * metric is within tolerance.
 */
export function judge({ ingredients, erased, items }: Evidence): Judged {
  const missing = ingredients.filter(each => each.state === 'missing')
  if (missing.length > 0)
    return {
      verdict: 'inconclusive',
      class: 'R0',
      reason: notResolved(missing.map(each => each.name)),
    }
  if (erased.rows > 0) return { verdict: 'inconclusive', class: 'R1', reason: erasedReason(erased) }
  const unknown = items.find(each => each.outcome === 'unavailable' && !isOptional(each))
  if (items.length === 0 || unknown)
    return {
      verdict: 'inconclusive',
      class: 'R1',
      reason: unknown ? `${unknown.name} could not be compared` : 'nothing was compared',
    }
  const compared = items.filter(each => each.outcome !== 'unavailable')
  if (compared.every(each => each.outcome === 'same'))
    return { verdict: 'reproduced', class: 'R3', reason: 'every output hash, score and metric is equal' }
  const decisive = compared.filter(each => !isFile(each))
  const off = decisive.find(each => each.outcome === 'differs')
  if (off) return { verdict: 'not reproduced', class: 'R1', reason: `differed on ${off.name}` }
  return { verdict: 'reproduced', class: 'R2', reason: 'every score and metric is within tolerance' }
}

const isFile = ({ name }: ComparedItem): boolean => name.startsWith('file ')
/** A version may have none. */
const isOptional = ({ name }: ComparedItem): boolean => name === 'contracts'

function erasedReason({ rows, receipts }: ErasedRows): string {
  return `${rows} ${rows === 1 ? 'row' : 'rows'} erased, ${receipts.length === 1 ? 'receipt' : 'receipts'} ${receipts.join(', ')}`
}

export interface ClassEvidence {
  /** Ingredients that did not resolve when they were looked for last, and since when: RFC 3339. */
  readonly missing: Readonly<Record<string, string>>
  readonly erased: ErasedRows
  /** When they were looked for, RFC 3339. */
  readonly lookedAt: string
  /** The newest report that decided anything. */
  readonly last: Pick<ReproductionReport, 'id' | 'verdict' | 'class' | 'reason' | 'at'> | undefined
}

/** The class of a version from what is known of it: never claimed, always from evidence. */
export function classOf({ missing, erased, lookedAt, last }: ClassEvidence): VersionClass {
  const names = Object.keys(missing)
  const report = last?.id ?? null
  if (names.length > 0) {
    const since = Object.values(missing).sort()[0] ?? lookedAt
    return { class: 'R0', reason: notResolved(names), at: since, missing: names, report }
  }
  const plain = { missing: [], report }
  if (erased.rows > 0) return { ...plain, class: 'R1', reason: erasedReason(erased), at: lookedAt }
  if (last === undefined) return { ...plain, class: 'R1', reason: 'not yet rebuilt', at: lookedAt }
  return { ...plain, class: last.class, reason: last.reason, at: last.at }
}

function notResolved(names: readonly string[]): string {
  return `does not resolve: ${names.join(', ')}`
}

/** The first step that came out otherwise, with what was not as it had been. */
export function firstDifference(
  items: readonly ComparedItem[],
  ingredients: readonly Ingredient[],
): ReproductionReport['firstDifference'] {
  const order = ['training-set', 'train', 'evaluate'] as const
  const step = order.find(each => items.some(item => item.step === each && item.outcome === 'differs'))
  if (step === undefined) return null
  const other = ingredients
    .filter(each => each.state === 'other')
    .map(each => `${each.name}: ${each.wanted} → ${each.found}`)
  const inputs = items.some(item => item.step === 'training-set' && item.outcome === 'differs')
  const data = step !== 'training-set' && inputs ? ['its input differs'] : []
  const because = [...data, ...other]
  return {
    step,
    because: because.length > 0 ? because : ['nothing that was recorded: the step is not deterministic'],
  }
}
