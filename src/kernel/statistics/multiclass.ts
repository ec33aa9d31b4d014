import { FettleError } from '../errors/index.ts'
import { isDefined, type Quantity, ratio, undefinedBecause } from './quantity.ts'

/** Rows by label (first index) and prediction, row-major [classes × classes]; counts or sums of weights. */
export interface ClassTable {
  readonly classes: number
  readonly counts: Float64Array
}

export interface ClassRates {
  readonly precision: Quantity
  readonly recall: Quantity
  readonly f1: Quantity
  /** Rows (or weight) with this label. */
  readonly support: number
}

export interface MulticlassRates {
  readonly perClass: readonly ClassRates[]
  readonly macroF1: Quantity
  /** Classes the macro mean holds: those labelled or predicted at least once. */
  readonly macroClasses: number
  /** By support. */
  readonly weightedF1: Quantity
  /** Equals accuracy, where each row has one label. */
  readonly microF1: Quantity
}

/** Counts rows; both are indices of classes. LENGTH_MISMATCH; TYPE_MISMATCH for what is no index of a class. */
export function classTable(
  labels: ArrayLike<number>,
  predicted: ArrayLike<number>,
  classes: number,
): ClassTable {
  if (labels.length !== predicted.length) {
    throw new FettleError(
      'LENGTH_MISMATCH',
      `There are ${labels.length} labels and ${predicted.length} predictions`,
    )
  }
  const counts = new Float64Array(classes * classes)
  for (let row = 0; row < labels.length; row++) {
    const [label = -1, prediction = -1] = [labels[row], predicted[row]]
    if (!isIndex(label, classes) || !isIndex(prediction, classes)) {
      throw new FettleError(
        'TYPE_MISMATCH',
        `Row ${row} has a label or prediction that is none of the classes`,
      )
    }
    const cell = label * classes + prediction
    counts[cell] = (counts[cell] ?? 0) + 1
  }
  return { classes, counts }
}

const isIndex = (value: number, classes: number): boolean =>
  Number.isInteger(value) && value >= 0 && value < classes

/**
 * Precision, recall and F₁ = 2TP / (2TP + FN + FP) per class, one against the rest; macro and support-weighted means leave
 * undefined classes out.
 */
export function multiclassRates({ classes, counts }: ClassTable): MulticlassRates {
  const at = (label: number, predicted: number) => counts[label * classes + predicted] ?? 0
  const indices = Array.from({ length: classes }, (_, index) => index)
  const total = (cell: (other: number) => number) => indices.reduce((sum, other) => sum + cell(other), 0)
  const perClass = indices.map((index): ClassRates => {
    const [tp, support, predicted] = [
      at(index, index),
      total(other => at(index, other)),
      total(other => at(other, index)),
    ]
    return {
      precision: ratio(tp, predicted, 'no-predicted-positives'),
      recall: ratio(tp, support, 'no-positives'),
      f1: ratio(2 * tp, support + predicted, 'no-positives-anywhere'),
      support,
    }
  })
  const counted = perClass.filter(each => isDefined(each.f1))
  const rows = total(index => perClass[index]?.support ?? 0)
  const sum = (weight: (each: ClassRates) => number) =>
    counted.reduce((all, each) => all + weight(each) * (isDefined(each.f1) ? each.f1 : 0), 0)
  return {
    perClass,
    macroF1: counted.length === 0 ? undefinedBecause('no-rows') : sum(() => 1) / counted.length,
    macroClasses: counted.length,
    weightedF1: ratio(
      sum(each => each.support),
      rows,
      'no-rows',
    ),
    microF1: ratio(
      total(index => at(index, index)),
      rows,
      'no-rows',
    ),
  }
}

/**
 * Matthews' correlation for any number of classes (Gorodkin 2004, R_K): (c·s − Σ pₖtₖ) / √((s² − Σ pₖ²)(s² − Σ tₖ²)).
 * Undefined where all rows have one label or one prediction.
 */
export function multiclassMcc({ classes, counts }: ClassTable): Quantity {
  let [correct, rows, both, squaresPredicted, squaresLabelled] = [0, 0, 0, 0, 0]
  for (let index = 0; index < classes; index++) {
    let [labelled, predicted] = [0, 0]
    for (let other = 0; other < classes; other++) {
      labelled += counts[index * classes + other] ?? 0
      predicted += counts[other * classes + index] ?? 0
    }
    correct += counts[index * classes + index] ?? 0
    rows += labelled
    both += labelled * predicted
    squaresPredicted += predicted ** 2
    squaresLabelled += labelled ** 2
  }
  if (rows === 0) return undefinedBecause('no-rows')
  const spread = Math.sqrt(rows ** 2 - squaresPredicted) * Math.sqrt(rows ** 2 - squaresLabelled)
  return ratio(correct * rows - both, spread, 'empty-margin')
}
