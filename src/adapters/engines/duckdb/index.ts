import { version } from '@duckdb/node-api'
import { type OfflineEngine, openScans, scanView } from '../../../features/index.ts'
import type { DuckDBLimits } from './limits.ts'
import { openSession } from './session.ts'

export type { DuckDBLimits } from './limits.ts'

/** The embedded offline engine. Each session is an instance of its own with the given limits. */
export function createDuckDBEngine(limits: DuckDBLimits = {}): OfflineEngine {
  const engine: OfflineEngine = {
    version: `duckdb ${version().replace(/^v/, '')}`,
    capabilities: { dialect: 'duckdb', sources: ['parquet', 'csv', 'duckdb', 'postgres', 'sql'] },
    open: options => openSession(limits, options),
    scanView: request => scanView(engine, request),
    openScans: (closure, options) => openScans(engine, closure, options),
    close: async () => undefined,
  }
  return engine
}
