export { type EvaluationInput, evaluate } from './evaluate.ts'
export { openExplainer } from './explainer.ts'
export { type LinearModel, rawLinearScore } from './linear/model.ts'
export { logistic, toFloat32 } from './link.ts'
export { measurementOf } from './measure.ts'
export { type CodedColumn, monthsOf } from './metrics-by-slice.ts'
export { readLinear, readTrees } from './model-files.ts'
export { type ModelManifest, readModelManifest, type SelfTestCase } from './model-manifest.ts'
export type { Explainer, Explanation, Scorer, ScorerFactory, ScorerRequest } from './ports.ts'
export type {
  EvaluationReport,
  Measurement,
  MetricName,
  ReliabilityBin,
  SliceMeasurement,
  SliceReport,
  ThresholdReport,
} from './report.ts'
export type { ComparedMetric, ComparedSlice, ComparisonReport, FlippedRow } from './reports/comparison.ts'
export type { ContractCell, ContractsReport, PlannedCell, Verdict } from './reports/contracts.ts'
export type {
  Disparity,
  FairnessColumn,
  FairnessReport,
  GroupMeasurement,
  GroupMetric,
  ImportanceReport,
} from './reports/fairness.ts'
export type { SegmentPreview, ThresholdsReport } from './reports/thresholds.ts'
export type { JudgedRows, ModelOutputs, ResolvedSlice, Task } from './rows.ts'
export { type SelfTestResult, selfTest } from './self-test.ts'
export { rawTreeScores } from './trees/score.ts'
export { explanationCases } from './vector-cases.ts'
