export { type ComparedModel, type CompareOptions, compareModels } from './comparison/compare-models.ts'
export { explainFlips, type FlipExplainers } from './comparison/explain-flips.ts'
export { denominatorOf, rowsOver } from './contracts/cell-rows.ts'
export { comparesModels } from './contracts/cell-tests.ts'
export { isUnlisted } from './contracts/drafts.ts'
export { type CellHistory, type HistoryRequest, historyOf, mergeHistories } from './contracts/history.ts'
export { judgeContracts } from './contracts/judge.ts'
export { contractSuites } from './contracts/junit.ts'
export { type ContractPlanRequest, planContracts, refuseUndecidable } from './contracts/plan.ts'
export { type ContractsRequest, errorsOf, type RequestCounts } from './contracts/request.ts'
export { contractsToText } from './contracts/text.ts'
export { unitsOf } from './contracts/units.ts'
export { declaredWords } from './contracts/words.ts'
export { type EvaluationInput, evaluate } from './evaluate.ts'
export { type EvaluateOptions, evaluateRows } from './evaluate-rows.ts'
export { openExplainer } from './explainer.ts'
export { sampleBackground, writeBackground } from './explanations/background.ts'
export { type ImportanceRequest, importanceOf } from './explanations/importance.ts'
export {
  reasonsOf,
  type StatedReason,
  unmappedFeatures,
} from './explanations/reasons.ts'
export { judgeFairness } from './fairness/judge.ts'
export type { FairnessRequest } from './fairness/request.ts'
export { type Halves, splitHalves } from './halves.ts'
export { type LinearModel, rawLinearScore } from './linear/model.ts'
export { logistic, toFloat32 } from './link.ts'
export { measurementOf } from './measure.ts'
export type { IntervalMethod, MetricName } from './metrics/metric-table.ts'
export { readLinear, readTrees } from './model-files.ts'
export { type ModelManifest, readModelManifest, type SelfTestCase } from './model-manifest.ts'
export { renderEvaluationPage } from './pages/evaluation-page.ts'
export type { Explainer, Explanation, Scorer, ScorerFactory, ScorerRequest } from './ports.ts'
export { pairPredictions } from './predictions/pair-predictions.ts'
export {
  columnsRead,
  type PredictionColumns,
  type Predictions,
  type PredictionsTable,
  readPredictions,
  readRows,
} from './predictions/predictions-table.ts'
export type {
  EvaluationReport,
  Measurement,
  ReliabilityBin,
  RowsEvaluation,
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
export type { EffectPreview, SegmentPreview, ThresholdsReport } from './reports/thresholds.ts'
export type { JudgedRows, ModelOutputs, ResolvedSlice, Task } from './rows.ts'
export { type SelfTestResult, selfTest } from './self-test.ts'
export { assertPlanned, readServingPlan, type ServingPlan, servingPlanFile } from './serving-plan.ts'
export { type CodedColumn, codeNumbers, monthsOf } from './slices/coded-column.ts'
export { resolveSlices } from './slices/resolve.ts'
export { sliceColumns } from './slices/slice-columns.ts'
export { actionsOf, type Thresholds } from './thresholds/actions.ts'
export { chooseThresholds, type ThresholdsRequest, thresholdRuleHash } from './thresholds/choose.ts'
export { type AppliedThreshold, type ThresholdOutcome, thresholdOutcomes } from './thresholds/outcome.ts'
export type { TreeEnsemble } from './trees/model.ts'
export { rawTreeScores } from './trees/score.ts'
export { explanationCases } from './vector-cases.ts'
