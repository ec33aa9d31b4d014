import { FettleError } from '../../errors/index.ts'
import { compareText } from '../../values/order.ts'
import { sumOver } from '../sum.ts'

/** Share of the importance that the counting features reach together. */
const counted = 0.8
/** The model's output is a feature too, and always counts. */
const scoreName = 'score'

/**
 * The features whose drift may act: the smallest set, largest mean |φ| first and ties by name, whose share reaches
 * 80 %, and always the score. NOT_A_NUMBER for an importance that is negative or not finite.
 */
export function countingFeatures(meanAbsPhi: Readonly<Record<string, number>>): string[] {
  const ranked = Object.entries(meanAbsPhi).sort(([a, phiA], [b, phiB]) => phiB - phiA || compareText(a, b))
  const wrong = ranked.find(([, phi]) => !(phi >= 0 && phi < Infinity))
  if (wrong) throw new FettleError('NOT_A_NUMBER', `The importance of "${wrong[0]}" is ${wrong[1]}`)
  const total = sumOver(ranked.length, index => ranked[index]?.[1] ?? 0)
  // The slack is for sums of decimals: eight of ten equal shares are 80 %.
  const enough = counted * total * (1 - 1e-12)
  const names: string[] = []
  for (let reached = 0; reached < enough; ) {
    const [name = '', phi = 0] = ranked[names.length] ?? []
    names.push(name)
    reached += phi
  }
  return [...names.filter(name => name !== scoreName), scoreName]
}
