export { createEvidenceCollector, type EvidenceDependencies } from './collector.ts'
export type {
  EvidenceCollector,
  FrontCounts,
  JoinedLabel,
  JoinedOutcome,
  LabelSource,
  LookFacts,
  StageEvidence,
  TrafficRow,
  TrafficSource,
} from './model.ts'
export type { EvidenceTerms } from './terms.ts'
