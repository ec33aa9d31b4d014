import { cohenKappa, type Quantity, wilson } from '../../kernel/statistics/index.ts'
import { demoSource } from '../../serving/index.ts'
import type { JoinedFeedback } from './model.ts'

/** Whether two populations say the same of the predictions that both spoke of. */
export interface Agreement {
  readonly first: string
  readonly second: string
  /** Predictions that both labelled. */
  readonly n: number
  readonly kappa: Quantity
  /** 95 % (Fleiss, Cohen & Everitt). */
  readonly interval: { readonly lower: number; readonly upper: number } | null
}

/** What people said on the demo page: right or wrong. Never among the labels. */
export interface DemoVotes {
  readonly votes: number
  readonly right: number
  readonly share: Quantity
  readonly interval: { readonly lower: number; readonly upper: number } | null
}

const leastDoubly = 30

/** By source, the last word on each prediction: 0 or 1. */
type Words = ReadonlyMap<string, ReadonlyMap<string, number>>

/** κ of every two sources with at least 30 predictions in common; fewer: undefined. Sources in order of their names. */
export function agreements(words: Words): Agreement[] {
  const names = [...words.keys()].sort()
  return names.flatMap((first, at) => names.slice(at + 1).map(second => agreement(words, first, second)))
}

function agreement(words: Words, first: string, second: string): Agreement {
  const others = words.get(second) ?? new Map<string, number>()
  const table = [
    [0, 0],
    [0, 0],
  ]
  let n = 0
  for (const [prediction, one] of words.get(first) ?? []) {
    const other = others.get(prediction)
    const line = table[one]
    if (other === undefined || line?.[other] === undefined) continue
    line[other] += 1
    n += 1
  }
  if (n < leastDoubly) return { first, second, n, kappa: { undefined: 'too-few-rows' }, interval: null }
  const found = cohenKappa(table)
  if ('undefined' in found) return { first, second, n, kappa: found, interval: null }
  return { first, second, n, kappa: found.kappa, interval: { lower: found.lower, upper: found.upper } }
}

/** The last label of each prediction by source, whether or not the source counts. Corrections are labels. */
export function wordsOf(items: readonly JoinedFeedback[]): Map<string, Map<string, number>> {
  const last = new Map<string, Map<string, JoinedFeedback>>()
  for (const item of items) {
    const { predictionId } = item.join
    if (predictionId === null) continue
    const own = last.get(item.source) ?? new Map<string, JoinedFeedback>()
    last.set(item.source, own)
    const before = own.get(predictionId)
    const isLater =
      !before ||
      item.knownTime > before.knownTime ||
      (item.knownTime === before.knownTime && item.id < before.id)
    if (isLater) own.set(predictionId, item)
  }
  return new Map(
    [...last].map(([source, own]) => [source, new Map([...own].map(([id, { value }]) => [id, value]))]),
  )
}

/** A vote says that what was done was right, so it says what the label is: what was done, or the opposite. */
export function impliedLabels(
  votes: ReadonlyMap<string, number>,
  acted: ReadonlyMap<string, boolean>,
): Map<string, number> {
  return new Map(
    [...votes].flatMap(([prediction, right]) => {
      const did = acted.get(prediction)
      return did === undefined ? [] : [[prediction, did === (right === 1) ? 1 : 0] as const]
    }),
  )
}

export function demoVotes(words: Words): DemoVotes {
  const said = [...(words.get(demoSource)?.values() ?? [])]
  const right = said.filter(vote => vote === 1).length
  if (said.length === 0) return { votes: 0, right: 0, share: { undefined: 'no-rows' }, interval: null }
  const interval = wilson(right, said.length, 0.025)
  return {
    ...{ votes: said.length, right, share: right / said.length },
    interval: 'undefined' in interval ? null : { lower: interval.lower, upper: interval.upper },
  }
}
