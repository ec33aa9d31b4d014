import { type ClassTable, isDefined, multiclassMcc, multiclassRates } from '../../kernel/statistics/index.ts'
import type { CellRows } from './cell-rows.ts'
import { type Influence, type Influences, meanInfluence } from './influence.ts'
import { classLosses } from './losses.ts'

/** Metrics over all classes. */
export function multiclassInfluences(cell: CellRows): Influences {
  const { labels, weights, classes } = cell
  const predicted = predictedClasses(cell)
  const table = weighedTable(cell, predicted)
  const rates = multiclassRates(table)
  const n = labels.length
  const byCell = (value: Influence['value'], gradient: () => Float64Array): Influence => {
    if (!isDefined(value)) return { value, n, influence: null, factor: 1 }
    const moved = gradient()
    const influence = labels.map(
      (label, row) =>
        (weights ? (weights[row] as number) : 1) * (moved[label * classes + (predicted[row] ?? 0)] ?? 0),
    )
    return { value, n, influence, factor: n > 1 ? n / (n - 1) : 1 }
  }
  const right = labels.map((label, row) => (label === predicted[row] ? 1 : 0))
  const counted = rates.perClass.map(each => (isDefined(each.f1) ? 1 / rates.macroClasses : 0))
  const rows = rates.perClass.reduce((sum, each) => sum + each.support, 0)
  return {
    accuracy: { ...meanInfluence(right, weights), factor: 1 },
    macro_f1: byCell(rates.macroF1, () => f1Gradient(table, counted)),
    weighted_f1: byCell(rates.weightedF1, () => weightedGradient(table, rows)),
    macro_recall: macroRecall(table, byCell),
    mcc: byCell(multiclassMcc(table), () => mccGradient(table)),
    ...(cell.classScores
      ? { log_loss: meanInfluence(classLosses(labels, { classScores: cell.classScores, classes }), weights) }
      : {}),
  }
}

/** The class each row was given: as stated, else the most probable, the first of equals. */
export function predictedClasses({ scores, chosen, classScores, classes }: CellRows): Int32Array {
  if (chosen || !classScores) return chosen ?? new Int32Array(scores.length)
  return Int32Array.from(scores, (_, row) => {
    let best = 0
    for (let each = 1; each < classes; each++) {
      if ((classScores[row * classes + each] as number) > (classScores[row * classes + best] as number))
        best = each
    }
    return best
  })
}

function weighedTable({ labels, weights, classes }: CellRows, predicted: Int32Array): ClassTable {
  const counts = new Float64Array(classes * classes)
  labels.forEach((label, row) => {
    const cell = label * classes + (predicted[row] ?? 0)
    counts[cell] = (counts[cell] ?? 0) + (weights ? (weights[row] as number) : 1)
  })
  return { classes, counts }
}

function margins({ classes, counts }: ClassTable): { labelled: Float64Array; predicted: Float64Array } {
  const [labelled, predicted] = [new Float64Array(classes), new Float64Array(classes)]
  counts.forEach((count, cell) => {
    const [label, prediction] = [Math.floor(cell / classes), cell % classes]
    labelled[label] = (labelled[label] ?? 0) + count
    predicted[prediction] = (predicted[prediction] ?? 0) + count
  })
  return { labelled, predicted }
}

/** Of Σ shareₖ·F₁ₖ with fixed shares: a row on the diagonal moves its class by 2(1 − F₁)/D, one beside it two classes by −F₁/D. */
function f1Gradient(table: ClassTable, shares: readonly number[]): Float64Array {
  const { classes, counts } = table
  const { labelled, predicted } = margins(table)
  const part = (index: number, right: boolean): number => {
    const total = (labelled[index] ?? 0) + (predicted[index] ?? 0)
    if (total === 0) return 0
    const f1 = (2 * (counts[index * classes + index] ?? 0)) / total
    return ((shares[index] ?? 0) * ((right ? 2 : 0) - (right ? 2 : 1) * f1)) / total
  }
  return counts.map((_, cell) => {
    const [label, prediction] = [Math.floor(cell / classes), cell % classes]
    return label === prediction ? part(label, true) : part(label, false) + part(prediction, false)
  })
}

/** As with fixed shares, and each row also moves the share of its own label. */
function weightedGradient(table: ClassTable, rows: number): Float64Array {
  const rates = multiclassRates(table)
  const shares = rates.perClass.map(each => each.support / rows)
  const value = isDefined(rates.weightedF1) ? rates.weightedF1 : 0
  return f1Gradient(table, shares).map((moved, cell) => {
    const own = rates.perClass[Math.floor(cell / table.classes)]?.f1 ?? 0
    return moved + ((isDefined(own) ? own : 0) - value) / rows
  })
}

/** Mean recall over the classes that are labelled. */
function macroRecall(
  table: ClassTable,
  byCell: (value: Influence['value'], gradient: () => Float64Array) => Influence,
): Influence {
  const { classes, counts } = table
  const { labelled } = margins(table)
  const present = labelled.filter(count => count > 0).length
  const recall = (label: number) => (counts[label * classes + label] ?? 0) / (labelled[label] ?? 1)
  const sum = labelled.reduce((total, count, label) => total + (count > 0 ? recall(label) : 0), 0)
  return byCell(present === 0 ? { undefined: 'no-rows' } : sum / present, () =>
    counts.map((_, cell) => {
      const label = Math.floor(cell / classes)
      const count = labelled[label] ?? 0
      return count === 0 ? 0 : ((label === cell % classes ? 1 : 0) - recall(label)) / count / present
    }),
  )
}

/** Derivative of (c·s − Σpt)/√((s² − Σp²)(s² − Σt²)) by each count. */
function mccGradient(table: ClassTable): Float64Array {
  const { classes, counts } = table
  const { labelled, predicted } = margins(table)
  const rows = labelled.reduce((sum, count) => sum + count, 0)
  const dot = (a: Float64Array, b: Float64Array) =>
    a.reduce((sum, count, index) => sum + count * (b[index] ?? 0), 0)
  const right = labelled.reduce((sum, _, label) => sum + (counts[label * classes + label] ?? 0), 0)
  const numerator = right * rows - dot(labelled, predicted)
  const [ofPredicted, ofLabelled] = [
    rows ** 2 - dot(predicted, predicted),
    rows ** 2 - dot(labelled, labelled),
  ]
  const root = Math.sqrt(ofPredicted) * Math.sqrt(ofLabelled)
  return counts.map((_, cell) => {
    const [label, prediction] = [Math.floor(cell / classes), cell % classes]
    const [p, t] = [predicted[prediction] ?? 0, labelled[label] ?? 0]
    const top =
      right + (label === prediction ? rows : 0) - (labelled[prediction] ?? 0) - (predicted[label] ?? 0)
    return top / root - (numerator / root) * ((rows - p) / ofPredicted + (rows - t) / ofLabelled)
  })
}
