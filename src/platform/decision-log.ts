import { join } from 'node:path'
import type { OfflineEngine } from '../features/index.ts'
import { createDecisionReader, type DecisionReader, openShippedFiles } from '../serving/index.ts'
import { decisionsFolder, type Folders } from './folders.ts'
import { once } from './training-set-records.ts'

type DecisionFolders = Pick<Folders, 'root' | 'serving' | 'work'>

/** The engine of the files of decisions: one thread, since serving and training have the others. */
export function decisionEngine({ work }: Pick<Folders, 'work'>): () => Promise<OfflineEngine> {
  return once(async () => {
    const { createDuckDBEngine } = await import('../adapters/engines/duckdb/index.ts')
    return createDuckDBEngine({ temporaryFolder: work, threads: 1 })
  })
}

/** The prediction log with the files it has become. */
export function openDecisionLog(folders: DecisionFolders, engine = decisionEngine(folders)): DecisionReader {
  return createDecisionReader(
    join(folders.serving, 'log'),
    openShippedFiles(decisionsFolder(folders.root), engine),
  )
}
