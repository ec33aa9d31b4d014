export { aucInterval, type Interval } from './auc-interval.ts'
export {
  brierParts,
  type CalibrationBin,
  type CalibrationError,
  calibrationEqualCount,
  calibrationEqualWidth,
} from './calibration-error.ts'
export { type Confusion, confusion, confusionAt, type RateName, rates } from './confusion.ts'
export { type LabelledScores, type RankedScores, rankScores, tieGroups } from './labelled-scores.ts'
export { normalQuantile } from './normal.ts'
export { brier, logLoss } from './probability-loss.ts'
export { isDefined, type Quantity, ratio, undefinedBecause } from './quantity.ts'
export { atK, gini, ksSeparation, prAuc, rocAuc } from './ranking.ts'
export { compensatedSum, sumOver } from './sum.ts'
export { statisticsCases, type VectorCases, type VectorInput } from './vector-cases.ts'
export { wilson } from './wilson.ts'
