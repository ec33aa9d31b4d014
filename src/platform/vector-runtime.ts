import { createDuckDBEngine } from '../adapters/engines/duckdb/index.ts'
import { openLmdbStore } from '../adapters/online/lmdb/index.ts'
import type { VectorRuntime } from '../vectors/model.ts'

/** The engine and the online store that known answers are played against: those that `fettle dev` runs. */
export const vectorRuntime: VectorRuntime = {
  createEngine: () => createDuckDBEngine({ threads: 2 }),
  openStore: folder => openLmdbStore({ folder }),
}
