import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSparkEngine } from '../../src/adapters/engines/spark/index.ts'
import { type SparkServer, smallStatements, startSpark } from '../services/spark.ts'
import { offlineEngineConformance } from './offline-engine.ts'

/** A table of ten rows is not cut in parts. */
const undivided = {
  ...smallStatements,
  'spark.sql.shuffle.partitions': '1',
  'spark.sql.leafNodeDefaultParallelism': '1',
}

const temporaryFolder = mkdtempSync(join(tmpdir(), 'fettle-spark-'))
let server: SparkServer | undefined

offlineEngineConformance({
  name: 'Spark',
  async open() {
    server = await startSpark()
    const engine = await createSparkEngine({ url: server.url, temporaryFolder, settings: smallStatements })
    return {
      ...engine,
      async close() {
        await engine.close()
        await server?.stop()
        rmSync(temporaryFolder, { recursive: true, force: true })
      },
    }
  },
  openTiny: async () => createSparkEngine({ url: server?.url ?? '', temporaryFolder, settings: undivided }),
  rows: 600,
  queries: 200,
})
