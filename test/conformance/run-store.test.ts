import { rmSync } from 'node:fs'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { openTestMetadata } from '../fixtures/pipeline-service.ts'
import { withPostgres } from '../services/postgres.ts'
import { runStoreConformance } from './run-store.ts'

runStoreConformance('SQLite', async () => {
  const { metadata, folder } = await openTestMetadata()
  const close = async (): Promise<void> => {
    await metadata.close()
    rmSync(folder, { recursive: true, force: true })
  }
  return { uow: metadata, close }
})

runStoreConformance('Postgres', async () => {
  const metadata = await openMetadata({ kind: 'postgres', url: await withPostgres() })
  await metadata.migrate()
  return { uow: metadata, close: () => metadata.close() }
})
