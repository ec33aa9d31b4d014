import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSparkEngine } from '../../src/adapters/engines/spark/index.ts'
import { startSpark } from '../services/spark.ts'
import { offlineEngineConformance } from './offline-engine.ts'

/** Many small statements: what Spark compiles and plans again for each costs more than it saves. */
const settings = {
  'spark.sql.adaptive.enabled': 'false',
  'spark.sql.codegen.wholeStage': 'false',
  'spark.sql.codegen.factoryMode': 'NO_CODEGEN',
}

offlineEngineConformance({
  name: 'Spark',
  async open() {
    const temporaryFolder = mkdtempSync(join(tmpdir(), 'fettle-spark-'))
    const server = await startSpark()
    const engine = await createSparkEngine({ url: server.url, temporaryFolder, settings })
    return {
      ...engine,
      async close() {
        await engine.close()
        await server.stop()
        rmSync(temporaryFolder, { recursive: true, force: true })
      },
    }
  },
  rows: 600,
  queries: 200,
})
