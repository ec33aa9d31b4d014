import { cellBytes } from '../../kernel/values/index.ts'
import type { Answer, SkewClass, SkewPair } from './model.ts'

/** The class of a pair: the first that holds (features.md §11.2). Equal means the same bits and the same status. */
export function classify(type: string, { logged, replayed, lagged = [], bound = 0 }: SkewPair): SkewClass {
  if (equalAnswers(type, logged, replayed)) return 'equal'
  if (logged.status === replayed.status && isWithin(bound, logged, replayed)) return 'rounding'
  if (lagged.some(each => equalAnswers(type, logged, each))) return 'lag'
  if (equalBits(type, logged, replayed)) return 'status_mismatch'
  if (logged.value === null) return 'missing'
  return replayed.value === null ? 'extra' : 'mismatch'
}

function equalAnswers(type: string, left: Answer, right: Answer): boolean {
  return left.status === right.status && equalBits(type, left, right)
}

function equalBits(type: string, left: Answer, right: Answer): boolean {
  return cellBytes(type, left.value).equals(cellBytes(type, right.value))
}

function isWithin(bound: number, { value: left }: Answer, { value: right }: Answer): boolean {
  if (typeof left !== 'number' || typeof right !== 'number' || bound <= 0) return false
  return Math.abs(left - right) <= bound
}
