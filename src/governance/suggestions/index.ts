export type { AcceptedBatch, ShownBatch } from './batches.ts'
export type { Decided, SuggestionVerdict } from './decide.ts'
export type { Ladder } from './ladder.ts'
export type { LevelChange, Report, Standing } from './levels.ts'
export type {
  AutonomyLevel,
  LadderKey,
  Proposal,
  Suggestion,
  SuggestionBatch,
  SuggestionDecision,
  SuggestionState,
} from './model.ts'
export type { Pace, PacePerPerson } from './pace.ts'
export type { LadderStep, SuggestionStore } from './ports.ts'
export type { SuggestionStores } from './record.ts'
export { createSuggestions, type Suggestions } from './service.ts'
export type { Application, Applier, Appliers, DecidedSuggestion, GroupApplier } from './settle.ts'
