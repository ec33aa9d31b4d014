import { type Quantity, ratio, undefinedBecause } from '../../kernel/statistics/quantity.ts'
import { compensatedSum } from '../../kernel/statistics/sum.ts'
import { parseType, type Value } from '../../kernel/values/index.ts'
import { editDistance } from './edit-distance.ts'
import { type SkewClass, type SkewNumbers, type SkewPair, type SkewVerdict, skewClasses } from './model.ts'

/** Counts pairs of one type. */
export interface SkewTally {
  add(pair: SkewPair, found: SkewClass): void
  numbers(): SkewNumbers
}

/** Differences of these classes have no explanation. */
const unexplained = [
  'mismatch',
  'missing',
  'extra',
  'status_mismatch',
] as const satisfies readonly SkewClass[]

export function createSkewTally(type: string): SkewTally {
  const node = parseType(type)
  const counts = Object.fromEntries(skewClasses.map(each => [each, 0])) as Record<SkewClass, number>
  const smape = smapeOf()
  const lists = { lengthDifference: 0, editDistance: 0 }
  const element = node.kind === 'list' ? type.slice('list<'.length, -1) : ''
  return {
    add({ logged, replayed }, found) {
      counts[found] += 1
      smape.add(logged.value, replayed.value)
      if (node.kind !== 'list') return
      const [left, right] = [listOf(logged.value), listOf(replayed.value)]
      lists.lengthDifference += Math.abs(left.length - right.length)
      lists.editDistance += editDistance(element, left, right)
    },
    numbers: () => {
      const requests = skewClasses.reduce((sum, each) => sum + counts[each], 0)
      return {
        requests,
        ...counts,
        mismatchRate: ratio(unexplainedOf(counts), requests, 'no_requests'),
        smape: smape.quantity(),
        lists: node.kind === 'list' ? { ...lists } : null,
      }
    },
  }
}

export function unexplainedOf(counts: Readonly<Record<SkewClass, number>>): number {
  return unexplained.reduce((sum, each) => sum + counts[each], 0)
}

/** features.md §11.4. */
export function skewVerdict(
  differences: number,
  { requests, minRequests }: { readonly requests: number; readonly minRequests: number },
): SkewVerdict {
  if (differences > 0) return 'fail'
  return requests < minRequests ? 'inconclusive' : 'pass'
}

/** Σ|a−b| / Σ(|a|+|b|) of the pairs that are finite numbers. */
function smapeOf(): { add(left: Value, right: Value): void; quantity(): Quantity } {
  const [difference, size] = [compensatedSum(), compensatedSum()]
  let pairs = 0
  return {
    add(left, right) {
      const found = distance(left, right)
      if (found === undefined) return
      pairs += 1
      difference.add(found.difference)
      size.add(found.size)
    },
    quantity: () =>
      pairs === 0 ? undefinedBecause('no_pairs') : ratio(difference.total(), size.total(), 'zero_sum'),
  }
}

/** Undefined unless both are finite numbers; whole numbers are subtracted before they are rounded. */
export function distance(
  left: Value,
  right: Value,
): { readonly difference: number; readonly size: number } | undefined {
  if (typeof left === 'bigint' && typeof right === 'bigint') {
    const [difference, size] = [abs(left - right), abs(left) + abs(right)]
    return { difference: Number(difference), size: Number(size) }
  }
  if (typeof left !== 'number' || typeof right !== 'number') return undefined
  if (!Number.isFinite(left) || !Number.isFinite(right)) return undefined
  return { difference: Math.abs(left - right), size: Math.abs(left) + Math.abs(right) }
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value
}

function listOf(value: Value): readonly Value[] {
  return Array.isArray(value) ? value : []
}
