export type { Agreement, DemoVotes } from './feedback/agreement.ts'
export { feedbackDuty } from './feedback/duty.ts'
export { ingestFeedback } from './feedback/ingest.ts'
export { joinableOf, joinByPass, joinNamed } from './feedback/join.ts'
export type {
  Feedback,
  FeedbackCount,
  FeedbackJoin,
  FeedbackState,
  JoinableDecision,
  JoinedFeedback,
  JoinState,
} from './feedback/model.ts'
export type { RealisedGroup } from './feedback/performance.ts'
export type { DecisionLookup, FeedbackStore, NewFeedback } from './feedback/ports.ts'
export {
  createFeedbackService,
  type FeedbackService,
  type FeedbackStatus,
  type RealisedPerformance,
  type SaidOfPrediction,
} from './feedback/service.ts'
