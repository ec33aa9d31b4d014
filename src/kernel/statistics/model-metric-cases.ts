import type { Json } from '../canonical.ts'
import { isotonic, isotonicAt, platt } from './calibration-fit.ts'
import { classTable, multiclassRates } from './multiclass.ts'
import { quantile } from './quantile.ts'
import { regression } from './regression.ts'
import type { VectorCases, VectorInput } from './vector-cases.ts'

const numbers = (value: Json | undefined): number[] =>
  Array.isArray(value) ? value.map(each => (each === null ? Number.NaN : Number(each))) : []
const texts = (value: Json | undefined): string[] => (Array.isArray(value) ? value.map(String) : [])

function multiclass(input: VectorInput): unknown {
  const classes = texts(input['classes'])
  const indices = (name: string) => texts(input[name]).map(text => classes.indexOf(text))
  const result = multiclassRates(classTable(indices('label'), indices('predicted'), classes.length))
  return {
    per_class: Object.fromEntries(classes.map((name, index) => [name, result.perClass[index]])),
    macro_f1: result.macroF1,
    macro_classes: result.macroClasses,
    weighted_f1: result.weightedF1,
    micro_f1: result.microF1,
  }
}

function isotonicCase(input: VectorInput): unknown {
  const weights = input['weight'] === undefined ? undefined : numbers(input['weight'])
  const fit = isotonic({ x: numbers(input['x']), y: numbers(input['y']), weights })
  if ('undefined' in fit) return fit
  const predicted = numbers(input['at']).map(value => isotonicAt(fit, value))
  return { x: [...fit.x], fitted: [...fit.fitted], predicted }
}

/** Known answers of metrics of other tasks than binary, and of calibration fits. */
export const modelMetricCases: VectorCases = {
  multiclass,
  isotonic: isotonicCase,
  regression: input =>
    regression({ labels: numbers(input['label']), predictions: numbers(input['prediction']) }),
  quantile: input =>
    quantile(
      numbers(input['values']).sort((a, b) => a - b),
      Number(input['q']),
    ),
  platt: input => platt({ scores: numbers(input['score']), labels: numbers(input['label']) }),
}
