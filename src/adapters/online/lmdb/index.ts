export { type LmdbOptions, openLmdbStore } from './store.ts'
