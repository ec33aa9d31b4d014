export { aucInterval, type Interval } from './auc-interval.ts'
export {
  type CalibrationBin,
  type CalibrationError,
  calibrationEqualCount,
} from './calibration-error.ts'
export { type Confusion, confusionAt, type RateName, rates } from './confusion.ts'
export { type LabelledScores, type RankedScores, rankScores } from './labelled-scores.ts'
export { movedShare } from './moved-share.ts'
export { newcombeDifference } from './newcombe.ts'
export { brier, logLoss } from './probability-loss.ts'
export { isDefined, type Quantity, ratio } from './quantity.ts'
export { prAuc, rocAuc } from './ranking.ts'
export { sumOver } from './sum.ts'
export { statisticsCases, type VectorCases, type VectorInput } from './vector-cases.ts'
export { wilson } from './wilson.ts'
