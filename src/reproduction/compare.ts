import type { EvaluationReport, Measurement } from '../evaluation/index.ts'
import type { Json } from '../kernel/canonical.ts'
import type { ComparedItem, Outcome } from './model.ts'

interface SetFacts {
  readonly id: string
  readonly checksum: string
  readonly rows: number
}

/** Training sets are compared bit by bit: there is no tolerance for data. */
export function compareSets(wanted: SetFacts, found: SetFacts): ComparedItem {
  const same = wanted.checksum === found.checksum
  return {
    step: 'training-set',
    name: 'training set',
    outcome: same ? 'same' : 'differs',
    wanted: wanted.checksum,
    found: found.checksum,
    detail: same ? `${found.rows} rows` : `${found.rows} rows, ${wanted.rows} were wanted`,
  }
}

interface FileHash {
  readonly path: string
  readonly hash: string
}

/** One item for each file that is in either. */
export function compareFiles(
  wanted: readonly FileHash[],
  found: readonly FileHash[],
): readonly ComparedItem[] {
  const paths = [...new Set([...wanted, ...found].map(file => file.path))].sort()
  const hashOf = (files: readonly FileHash[], path: string): string | null =>
    files.find(file => file.path === path)?.hash ?? null
  return paths.map(path => {
    const [before, after] = [hashOf(wanted, path), hashOf(found, path)]
    return {
      step: 'train',
      name: `file ${path}`,
      outcome: before === after ? 'same' : 'differs',
      wanted: before,
      found: after,
      detail: before === null ? 'is new' : after === null ? 'was not made again' : '',
    }
  })
}

/** Fewer scores than this say too little about a model. */
const leastRows = 1000

/** Scores of the same rows by both models: how many are equal to the last bit, and how far apart the others are. */
export function compareScores(wanted: Float64Array, found: Float64Array, tolerance: number): ComparedItem {
  let [equal, largest] = [0, 0]
  wanted.forEach((score, row) => {
    const other = found[row] ?? Number.NaN
    if (Object.is(score, other)) equal += 1
    const difference = Math.abs(score - other)
    largest =
      Number.isNaN(difference) && !Object.is(score, other) ? Infinity : Math.max(largest, difference || 0)
  })
  const rows = wanted.length
  const differing = equal === rows ? 'same' : largest <= tolerance ? 'within tolerance' : 'differs'
  const few = rows < leastRows ? `; the split has only ${rows}` : ''
  return {
    step: 'train',
    name: 'predictions',
    outcome: rows === 0 ? 'unavailable' : differing,
    wanted: { rows },
    found: { equal, largestDifference: Number.isFinite(largest) ? largest : 'not a number' },
    detail: `${equal} of ${rows} bit-equal, largest difference ${largest.toExponential(1)}${few}`,
  }
}

/** Metrics of both evaluations with their intervals: one item each; undefined on both sides for one reason is the same. */
export function compareMetrics(
  wanted: EvaluationReport | null,
  found: EvaluationReport,
  tolerance: number,
): readonly ComparedItem[] {
  if (wanted === null)
    return [
      {
        step: 'evaluate',
        name: 'metrics',
        outcome: 'unavailable',
        wanted: null,
        found: null,
        detail: 'the version was not evaluated',
      },
    ]
  const [before, after] = [numbersOf(wanted.all), numbersOf(found.all)]
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])]
  return names.map(name => {
    const [a = null, b = null] = [before[name], after[name]]
    const differences = differencesOf(a, b)
    const largest = Math.max(0, ...differences)
    return {
      step: 'evaluate',
      name: `metric ${name}`,
      outcome: outcomeOf(largest, tolerance),
      wanted: a,
      found: b,
      detail:
        largest === 0
          ? ''
          : `differs by ${Number.isFinite(largest) ? largest.toExponential(1) : 'being undefined'}`,
    }
  })
}

function outcomeOf(difference: number, tolerance: number): Outcome {
  if (difference === 0) return 'same'
  return difference <= tolerance ? 'within tolerance' : 'differs'
}

/** Each metric with the bounds of its interval, where it has one. */
function numbersOf({ rows, metrics, intervals }: Measurement): Readonly<Record<string, Json>> {
  const whole = Object.entries(metrics).map(([name, value]): [string, Json] => {
    const interval = name === 'roc_auc' ? intervals.roc_auc : undefined
    return [name, (interval === undefined ? { value } : { value, interval }) as unknown as Json]
  })
  return { rows, ...Object.fromEntries(whole) }
}

/** Differences of the numbers in two equal shapes; Infinity where anything else differs. */
function differencesOf(a: Json | undefined, b: Json | undefined): readonly number[] {
  if (typeof a === 'number' && typeof b === 'number') return [Math.abs(a - b)]
  if (!isRecord(a) || !isRecord(b)) return [a === b ? 0 : Infinity]
  const names = [...new Set([...Object.keys(a), ...Object.keys(b)])]
  return names.flatMap(name => differencesOf(a[name], b[name]))
}

function isRecord(value: Json | undefined): value is { readonly [key: string]: Json | undefined } {
  return typeof value === 'object' && value !== null
}
