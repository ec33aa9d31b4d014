import type { ReleaseSummaryView } from '../../../api/releases.ts'

type State = ReleaseSummaryView['state']

/** A look of the state table, and the word that stands beside it. */
export const stateWords: Readonly<Record<State, readonly [look: string, word: string]>> = {
  candidate: ['waiting', 'not verified'],
  verified: ['pass', 'verified'],
  refused: ['fail', 'refused'],
  inconclusive: ['inconclusive', 'undecided'],
  serving: ['good', 'answers now'],
  former: ['cancelled', 'answered once'],
}

export type Verdict = 'pass' | 'fail' | 'inconclusive'

/** Failing first, then what is undecided. */
export const verdictOrder: readonly Verdict[] = ['fail', 'inconclusive', 'pass']

/** `1 breaks, 11 hold`. */
export function verdictCounts(verdicts: readonly Verdict[]): string {
  const many: Readonly<Record<Verdict, string>> = { fail: 'break', inconclusive: 'undecided', pass: 'hold' }
  return verdictOrder
    .flatMap(verdict => {
      const count = verdicts.filter(each => each === verdict).length
      return count === 0 ? [] : [`${count} ${count === 1 ? verdictWords[verdict] : many[verdict]}`]
    })
    .join(', ')
}

export const verdictWords: Readonly<Record<Verdict, string>> = {
  fail: 'breaks',
  inconclusive: 'undecided',
  pass: 'holds',
}

/** Parts of the release document in plain words. */
export const partWords: Readonly<Record<string, string>> = {
  model: 'Model',
  signature: 'Signature',
  features: 'Features',
  calibration: 'Calibration',
  action: 'Action',
  thresholdSet: 'Thresholds',
  contracts: 'Contracts and slices',
  fallback: 'Fallback',
  deadline: 'Deadline',
  log: 'Prediction log',
  environment: 'Environment',
  trainingSet: 'Training set',
  selfTest: 'Self-test',
  tolerance: 'Tolerance of the self-test',
  purpose: 'Purpose',
  reasons: 'Reason sentences',
}

export function partWord(part: string): string {
  return partWords[part] ?? part
}
