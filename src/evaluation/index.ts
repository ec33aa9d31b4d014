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
export { type SelfTestResult, selfTest } from './self-test.ts'
export { rawTreeScores } from './trees/score.ts'
export { explanationCases } from './vector-cases.ts'
