import type { Json } from '../../canonical.ts'
import type { TwoCounts } from '../counts.ts'
import { type ChiSquareVariant, chiSquareTest } from '../tests/chi-square.ts'
import { fisherExact } from '../tests/fisher-exact.ts'
import { kolmogorovSmirnov, ksDistance, ksTail } from '../tests/kolmogorov-smirnov.ts'
import { twoProportionZ } from '../tests/two-proportions.ts'
import type { VectorCases, VectorInput } from '../vector-cases.ts'
import { type CountDistance, countDistance, countDistances } from './count-distances.ts'
import { countingFeatures } from './counting-features.ts'
import { type DriftWindow, decideWindows } from './drift-windows.ts'
import { countCategories, freezeCategories } from './frozen-categories.ts'
import { countNumbers, freezeNumbers } from './frozen-numbers.ts'
import { type RetrainFacts, retrainGate } from './retrain-gate.ts'
import { sampleDistance, type TwoSamples, wasserstein, wassersteinPerDeviation } from './sample-distances.ts'
import { totalVariation } from './total-variation.ts'

type Input = VectorInput

function list(value: Json | undefined): readonly Json[] {
  return Array.isArray(value) ? value : []
}

function record(value: Json | undefined): Input {
  return (value ?? {}) as Input
}

/** A row of a numeric column: NaN where it is missing, undefined where it holds no number. */
function cell(value: Json): number | undefined {
  if (value === null || value === 'NaN') return Number.NaN
  if (value === 'Infinity' || value === '-Infinity') return Number(value)
  return typeof value === 'number' ? value : undefined
}

function sample(value: Json | undefined): number[] {
  return list(value).map(each => cell(each) ?? Number.NaN)
}

function samples(input: Input): TwoSamples {
  return { reference: sample(input['reference']), current: sample(input['current']) }
}

function counts(input: Input): TwoCounts {
  return {
    reference: list(input['reference']).map(Number),
    current: list(input['current']).map(Number),
  }
}

function ksVariant(input: Input): 'exact' | 'stephens' {
  return input['variant'] === 'stephens' ? 'stephens' : 'exact'
}

function bin(column: readonly Json[], counter: ReturnType<typeof countNumbers>): number[] {
  for (const value of column) {
    const number = cell(value)
    if (number === undefined) counter.addUnseen()
    else counter.add([number])
  }
  return counter.counts()
}

function frozenBins(input: Input): unknown {
  const [reference, windows] = [list(input['reference']), list(input['windows']).map(list)]
  if (input['kind'] === 'numeric') {
    const bins = freezeNumbers(sample(reference as Json[]))
    return {
      cuts: bins.cuts,
      masses: bins.masses,
      reference_counts: bin(reference, countNumbers(bins)),
      window_counts: windows.map(window => bin(window, countNumbers(bins))),
    }
  }
  const texts = (column: readonly Json[]) => column.map(value => (value === null ? null : String(value)))
  const maxSeen = input['max_seen'] === undefined ? undefined : Number(input['max_seen'])
  const bins = freezeCategories(texts(reference), maxSeen)
  const count = (column: readonly Json[]) => {
    const counter = countCategories(bins)
    counter.add(texts(column))
    return counter.counts()
  }
  return {
    own: bins.own.map(name => reference.find(value => String(value) === name) ?? name),
    unseen_known: bins.rare !== null,
    reference_counts: count(reference),
    window_counts: windows.map(count),
  }
}

function tv(input: Input): unknown {
  const effect = record(input['design_effect'])
  return totalVariation(counts(input), {
    limit: Number(input['limit'] ?? 0.1),
    confidence: Number(input['confidence'] ?? 0.99),
    designEffect: { reference: Number(effect['reference'] ?? 1), current: Number(effect['current'] ?? 1) },
  })
}

function distance(input: Input): unknown {
  const name = `${String(input['test'])}/${String(input['variant'])}`
  return name in countDistances ? countDistance(name as CountDistance, counts(input)) : undefined
}

/** A distance of samples: frozen bins count missing rows, other products' bins leave them out. */
function sampled(input: Input): unknown {
  const [metric, variant] = [String(input['test']).replace('_sample', ''), String(input['variant'])]
  const name = `${metric}/${variant}` as CountDistance
  if (name === 'psi/frozen') return frozenStability(input)
  if (!(name in countDistances)) return undefined
  const binning = name === 'hellinger/evidently' ? 'evidently-distinct' : (variant as 'evidently' | 'nannyml')
  const result = sampleDistance(name, binning, samples(input))
  return 'value' in result && name === 'js_distance/evidently' ? result.value : result
}

function frozenStability(input: Input): unknown {
  const reference = list(input['reference'])
  const bins = freezeNumbers(sample(reference as Json[]))
  const both = {
    reference: bin(reference, countNumbers(bins)),
    current: bin(list(input['current']), countNumbers(bins)),
  }
  const value = countDistance('psi/frozen', both)
  return typeof value === 'number' ? { value, bins: both.reference.length } : value
}

function windowsCase(input: Input): unknown {
  const windows = list(input['windows']).map((each): DriftWindow => {
    const { day, features } = record(each)
    const tests = Object.entries(record(features)).map(([name, test]) => [name, featureTest(test)])
    return { day: Number(day), features: Object.fromEntries(tests) }
  })
  const rule = {
    counting: list(input['counting']).map(String),
    cooldownDays: Number(input['cooldown_days'] ?? 7),
  }
  return decideWindows(rule, windows)
}

function featureTest(test: Json | undefined) {
  if (test === null || test === undefined) return null
  const { p_value, n_reference, n_current, bins_used } = record(test)
  return {
    pValue: Number(p_value),
    referenceRows: Number(n_reference),
    currentRows: Number(n_current),
    binsUsed: Number(bins_used),
  }
}

/** Known answers of hypothesis tests, frozen bins, drift numbers and drift decisions. */
export const driftCases: VectorCases = {
  ks: input => kolmogorovSmirnov(sample(input['reference']), sample(input['current']), ksVariant(input)),
  ks_p: input =>
    ksTail({ n: Number(input['n']), m: Number(input['m']) }, Number(input['d']), ksVariant(input)),
  chi2: input => chiSquareTest(counts(input), String(input['variant']) as ChiSquareVariant),
  two_proportion_z: ({ x1, n1, x2, n2 }) =>
    twoProportionZ({ x: Number(x1), n: Number(n1) }, { x: Number(x2), n: Number(n2) }),
  fisher_exact: ({ a, b, c, d }) => fisherExact({ a: Number(a), b: Number(b), c: Number(c), d: Number(d) }),
  frozen_bins: frozenBins,
  tv,
  ...Object.fromEntries(
    ['psi', 'kl', 'js_divergence', 'js_distance', 'hellinger', 'l_infinity'].flatMap(metric => [
      [metric, distance],
      [`${metric}_sample`, sampled],
    ]),
  ),
  ks_sample: input => ksDistance(sample(input['reference']), sample(input['current'])),
  wasserstein: input =>
    input['variant'] === 'evidently' ? wassersteinPerDeviation(samples(input)) : wasserstein(samples(input)),
  counting_features: ({ mean_abs_phi }) =>
    countingFeatures(
      Object.fromEntries(Object.entries(record(mean_abs_phi)).map(([name, phi]) => [name, Number(phi)])),
    ),
  drift_windows: windowsCase,
  retrain_gate: ({ quality, drift, performance, schedule_due }) =>
    retrainGate({ quality, drift, performance, scheduleDue: schedule_due === true } as RetrainFacts),
}
