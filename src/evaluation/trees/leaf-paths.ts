import { FettleError } from '../../kernel/errors/index.ts'
import type { TreeEnsemble } from './model.ts'

/**
 * Every leaf with the conditions on its way from the root, merged to one per feature. Elements of leaf l are
 * start[l] … start[l + 1] − 1. A value meets an element iff low < x ≤ high (low NaN: no lower bound), a missing one
 * iff `missing` is 1.
 */
export interface LeafPaths {
  readonly value: Float64Array
  readonly start: Int32Array
  readonly feature: Int32Array
  readonly low: Float64Array
  readonly high: Float64Array
  readonly missing: Uint8Array
  /** Share of the training rows that meet the element, among those that came to its splits; NaN without cover. */
  readonly share: Float64Array
  /** Most elements of a leaf. */
  readonly longest: number
}

interface Element {
  readonly feature: number
  readonly low: number
  readonly high: number
  readonly missing: boolean
  readonly share: number
}

interface Leaf {
  readonly value: number
  readonly elements: readonly Element[]
}

/** Above these an explanation would take more than seconds, or its weights 1/C(D, k) would leave the doubles. */
const most = { elements: 32_000_000, work: 1_000_000_000, onOnePath: 1000 }

/** TOO_LARGE when a row could not be explained within seconds. */
export function leafPaths(ensemble: TreeEnsemble): LeafPaths {
  const size = { leaves: 0, elements: 0, longest: 0 }
  for (const { elements } of leavesOf(ensemble)) {
    size.leaves++
    size.elements += elements.length
    size.longest = Math.max(size.longest, elements.length)
  }
  const { packed, add } = packer(size)
  for (const leaf of leavesOf(ensemble)) add(leaf)
  return packed
}

/** Leaves of all trees, those of a tree from left to right. */
function* leavesOf(ensemble: TreeEnsemble): Iterable<Leaf> {
  const budget = { elements: 0, work: 0 }
  for (const root of ensemble.roots) {
    const pending: { node: number; elements: readonly Element[] }[] = [{ node: root, elements: [] }]
    for (let next = pending.pop(); next; next = pending.pop()) {
      const { node, elements } = next
      spend(budget, elements.length)
      const left = ensemble.left[node] as number
      const right = ensemble.right[node] as number
      if (left < 0) {
        yield { value: ensemble.value[node] as number, elements }
        continue
      }
      pending.push(
        { node: right, elements: narrow(elements, splitElement(ensemble, node, right)) },
        { node: left, elements: narrow(elements, splitElement(ensemble, node, left)) },
      )
    }
  }
}

function spend(budget: { elements: number; work: number }, elements: number): void {
  budget.elements += elements
  budget.work += elements * elements
  if (budget.elements > most.elements || budget.work > most.work || elements > most.onOnePath)
    throw new FettleError(
      'TOO_LARGE',
      `The paths to the leaves hold more than ${most.elements} conditions, or ${elements} on one: a row could not be explained in seconds`,
    )
}

function splitElement(ensemble: TreeEnsemble, node: number, child: number): Element {
  const cover = ensemble.cover[node] as number
  const below = ensemble.left[node] as number
  const covered =
    (ensemble.cover[below] as number) + (ensemble.cover[ensemble.right[node] as number] as number)
  const goesLeft = child === below
  const threshold = ensemble.threshold[node] as number
  const limit = ensemble.strict[node] === 1 ? doubleBelow(threshold) : threshold
  return {
    feature: ensemble.feature[node] as number,
    low: goesLeft ? Number.NaN : limit,
    high: goesLeft ? limit : Infinity,
    missing: (ensemble.missingLeft[node] === 1) === goesLeft,
    share: cover > 0 && covered > 0 ? (ensemble.cover[child] as number) / cover : Number.NaN,
  }
}

/** The condition joins what the path already asks of the feature. */
function narrow(elements: readonly Element[], next: Element): readonly Element[] {
  const earlier = elements.find(element => element.feature === next.feature)
  if (!earlier) return [...elements, next]
  const merged: Element = {
    feature: next.feature,
    low: Number.isNaN(earlier.low)
      ? next.low
      : Number.isNaN(next.low)
        ? earlier.low
        : Math.max(earlier.low, next.low),
    high: Math.min(earlier.high, next.high),
    missing: earlier.missing && next.missing,
    share: earlier.share * next.share,
  }
  return elements.map(element => (element === earlier ? merged : element))
}

/** The largest double smaller than x: x < t is x ≤ doubleBelow(t). */
function doubleBelow(x: number): number {
  if (x === 0) return -Number.MIN_VALUE
  const bits = new BigInt64Array(new Float64Array([x]).buffer)
  bits[0] = (bits[0] ?? 0n) + (x > 0 ? -1n : 1n)
  return new Float64Array(bits.buffer)[0] ?? x
}

function packer(size: { leaves: number; elements: number; longest: number }): {
  packed: LeafPaths
  add: (leaf: Leaf) => void
} {
  const packed = {
    value: new Float64Array(size.leaves),
    start: new Int32Array(size.leaves + 1),
    feature: new Int32Array(size.elements),
    low: new Float64Array(size.elements),
    high: new Float64Array(size.elements),
    missing: new Uint8Array(size.elements),
    share: new Float64Array(size.elements),
    longest: size.longest,
  }
  let leaves = 0
  let at = 0
  const add = ({ value, elements }: Leaf): void => {
    packed.value[leaves] = value
    for (const { feature, low, high, missing, share } of elements) {
      packed.feature[at] = feature
      packed.low[at] = low
      packed.high[at] = high
      packed.missing[at] = missing ? 1 : 0
      packed.share[at++] = share
    }
    packed.start[++leaves] = at
  }
  return { packed, add }
}
