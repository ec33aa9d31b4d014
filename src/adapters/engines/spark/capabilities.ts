import type { EngineCapabilities } from '../../../features/index.ts'

/** Files and SQL over them. Databases are read by engines that have their drivers. */
export const capabilities: EngineCapabilities = { dialect: 'spark', sources: ['parquet', 'csv', 'sql'] }
