export { erasedRowTest, type KeyColumns } from './erased-positions.ts'
export { appliedRevision } from './follow-list.ts'
export { countErased } from './journal.ts'
export { type EntityKey, entityKey } from './key.ts'
export { erasedRows, keyedSources } from './source-rows.ts'
export { copyWithout, countStored } from './stored-rows.ts'
export { redactSet } from './stored-set.ts'
export {
  addToSuppressionList,
  type ErasedKeys,
  erasedKeys,
  readSuppressionList,
} from './suppression-list.ts'
