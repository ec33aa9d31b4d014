export { argsort } from './argsort.ts'
export { aucInterval, type Interval } from './auc-interval.ts'
export {
  type Bootstrap,
  type BootstrapRequest,
  clusterBootstrap,
  type WeightedStatistic,
} from './bootstrap/cluster-bootstrap.ts'
export { type Acceptance, acceptanceBound, acceptanceLooks } from './bounds/acceptance.ts'
export { binomialP, clopperPearson, type Evidence } from './bounds/clopper-pearson.ts'
export {
  type DesignEffect,
  designEffect,
  pairedDesignEffect,
  rateDesignEffect,
} from './bounds/design-effect.ts'
export { type McNemar, mcnemar } from './bounds/mcnemar.ts'
export {
  type PairedCounts,
  pairedBounds,
  pairedP,
  pairedScore,
  scoreBounds,
  waldError,
} from './bounds/paired.ts'
export { type TwoArms, unpairedBounds, unpairedP } from './bounds/unpaired.ts'
export {
  type CalibrationBin,
  type CalibrationError,
  calibrationEqualCount,
} from './calibration-error.ts'
export { type IsotonicFit, isotonic, isotonicAt, type PlattFit, platt } from './calibration-fit.ts'
export { type Confusion, confusion, confusionAt, type RateName, rates } from './confusion.ts'
export { averageRanks, pearson, spearman } from './correlation.ts'
export { countDistance } from './drift/count-distances.ts'
export { countNumbers, freezeNumbers } from './drift/frozen-numbers.ts'
export {
  type BetweenGroups,
  type BetweenOptions,
  betweenGroups,
  defaultMinDenominator,
  type GroupRate,
} from './fairness/between-groups.ts'
export { type ClarifyName, clarify, type FairlearnName, fairlearn } from './fairness/compatible.ts'
export {
  type FairMetric,
  fairMetrics,
  metricRates,
  type ShownRate,
  shownRate,
} from './fairness/fairness-table.ts'
export { type FourFifths, fourFifths } from './fairness/four-fifths.ts'
export { fairnessCases } from './fairness/vector-cases.ts'
export { cohenKappa } from './impact/cohen-kappa.ts'
export { type Arm, type Impact, judgeImpact } from './impact/impact.ts'
export { type LabelledScores, type RankedScores, rankScores } from './labelled-scores.ts'
export { type MaturityCurve, maturityCurve } from './labels/maturity.ts'
export { modelMetricCases } from './model-metric-cases.ts'
export { boundedTests, monitoringCases } from './monitoring-cases.ts'
export { movedShare } from './moved-share.ts'
export { type ClassTable, multiclassMcc, multiclassRates } from './multiclass.ts'
export { benjaminiHochberg, holm } from './multiple-testing.ts'
export { newcombeDifference } from './newcombe.ts'
export { normalQuantile } from './normal.ts'
export {
  type AbsolutePlan,
  planAbsolute,
} from './planning/absolute.ts'
export { sufficientMargin } from './planning/margin.ts'
export { type PairedPlan, planPaired } from './planning/paired.ts'
export { type CellErrors, lookSizes, type PlannedN, planSet, type SetPlan } from './planning/plan.ts'
export { planUnpaired, type UnpairedPlan } from './planning/unpaired.ts'
export { brier, logLoss } from './probability-loss.ts'
export { quantile } from './quantile.ts'
export { isDefined, type Quantity, ratio, undefinedBecause } from './quantity.ts'
export { type Random, randomFrom } from './random.ts'
export { prAuc, rocAuc } from './ranking.ts'
export { pinball } from './regression.ts'
export { releaseStatisticsCases } from './release-cases.ts'
export {
  type CountLook,
  challengerShare,
  countMixture,
  sequentialCounts,
} from './sequential/count-mixture.ts'
export {
  confidenceSequence,
  type MeanLook,
  type NormalMixtureOptions,
  type SequentialLook,
  sequentialNormal,
} from './sequential/normal-mixture.ts'
export { type SampleRatio, sampleRatio } from './sequential/sample-ratio.ts'
export { binomialCdf } from './special/binomial.ts'
export { chiSquareSf } from './special/incomplete-gamma.ts'
export { logGamma } from './special/log-gamma.ts'
export { normalCdf, normalSf } from './special/normal-tails.ts'
export { specialCases } from './special/vector-cases.ts'
export { ksDistance } from './tests/kolmogorov-smirnov.ts'
export { twoProportionZ } from './tests/two-proportions.ts'
export { certifiedThreshold, leastForRate, type RateLimit } from './thresholds/certified-index.ts'
export { cheapestThreshold, type ErrorCosts } from './thresholds/cheapest.ts'
export { inheritPools, type SegmentNode } from './thresholds/inheritance.ts'
export { firstTested, provePrecision } from './thresholds/precision.ts'
export { leastForQuantile, quantileIndex } from './thresholds/quantile-index.ts'
export { mergeRising } from './thresholds/rising-scores.ts'
export { shrinkRates } from './thresholds/shrinkage.ts'
export { capStep } from './thresholds/step-caps.ts'
export { thresholdCases } from './thresholds/vector-cases.ts'
export { statisticsCases, type VectorCases, type VectorInput } from './vector-cases.ts'
export { judgeCells } from './verdicts/judge-cells.ts'
export type {
  Cell,
  CellClaim,
  CellMeasurement,
  CountedRate,
  JudgedCell,
  JudgedCells,
  Verdict,
} from './verdicts/model.ts'
export { wilson } from './wilson.ts'
