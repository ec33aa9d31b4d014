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
  /** Share of the training rows that meet the element, among those that came to its splits. */
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

/** MISSING_COVER when an inner node has no cover. */
export function leafPaths(ensemble: TreeEnsemble): LeafPaths {
  const leaves: Leaf[] = []
  for (const root of ensemble.roots) collect(ensemble, root, leaves)
  return packLeaves(leaves)
}

function collect(ensemble: TreeEnsemble, root: number, leaves: Leaf[]): void {
  const pending: { node: number; elements: readonly Element[] }[] = [{ node: root, elements: [] }]
  for (let next = pending.pop(); next; next = pending.pop()) {
    const { node, elements } = next
    const left = ensemble.left[node] ?? -1
    const right = ensemble.right[node] ?? -1
    if (left < 0) {
      leaves.push({ value: ensemble.value[node] ?? 0, elements })
      continue
    }
    pending.push(
      { node: right, elements: narrow(elements, splitElement(ensemble, node, right)) },
      { node: left, elements: narrow(elements, splitElement(ensemble, node, left)) },
    )
  }
}

function splitElement(ensemble: TreeEnsemble, node: number, child: number): Element {
  const cover = ensemble.cover[node] ?? 0
  if (!(cover > 0)) throw new FettleError('MISSING_COVER', `Node ${node} of the trees has no cover count`)
  const goesLeft = child === ensemble.left[node]
  const threshold = ensemble.threshold[node] ?? 0
  const limit = ensemble.strict[node] === 1 ? doubleBelow(threshold) : threshold
  return {
    feature: ensemble.feature[node] ?? 0,
    low: goesLeft ? Number.NaN : limit,
    high: goesLeft ? limit : Infinity,
    missing: (ensemble.missingLeft[node] === 1) === goesLeft,
    share: (ensemble.cover[child] ?? 0) / cover,
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

function packLeaves(leaves: readonly Leaf[]): LeafPaths {
  const all = leaves.flatMap(leaf => leaf.elements)
  const start = new Int32Array(leaves.length + 1)
  leaves.forEach((leaf, index) => {
    start[index + 1] = (start[index] ?? 0) + leaf.elements.length
  })
  return {
    value: Float64Array.from(leaves, leaf => leaf.value),
    start,
    feature: Int32Array.from(all, element => element.feature),
    low: Float64Array.from(all, element => element.low),
    high: Float64Array.from(all, element => element.high),
    missing: Uint8Array.from(all, element => (element.missing ? 1 : 0)),
    share: Float64Array.from(all, element => element.share),
    longest: leaves.reduce((most, leaf) => Math.max(most, leaf.elements.length), 0),
  }
}
