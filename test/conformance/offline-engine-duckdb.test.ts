import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import { offlineEngineConformance } from './offline-engine.ts'

offlineEngineConformance({
  name: 'DuckDB',
  open: async () => createDuckDBEngine({ threads: 2 }),
  rows: 1_000,
  queries: 300,
})
