export { type BuiltSet, buildOrReuse, type ReuseOptions } from './build-or-reuse.ts'
export type { EncodeArrow, RowQuery, StoredRows, TrainingSetRecord, TrainingSetRecords } from './ports.ts'
export {
  createTrainingSetsService,
  type RowFormat,
  type RowSelection,
  type TrainingSetsService,
} from './service.ts'
export type { Verification } from './verify.ts'
