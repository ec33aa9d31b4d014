import type { EngineCapabilities } from '../../../features/index.ts'

/**
 * Files and SQL over them. Databases are read by engines that have their drivers, and a check's own SQL is run where a
 * session can be shut off from everything else.
 */
export const capabilities: EngineCapabilities = {
  dialect: 'spark',
  sources: ['parquet', 'csv', 'sql'],
  withoutChecks: ['unexpected_rows'],
}
