import { randomBytes } from 'node:crypto'
import { createDuckDBEngine } from '../adapters/engines/duckdb/index.ts'
import { openLmdbStore } from '../adapters/online/lmdb/index.ts'
import { messageOf } from '../kernel/message-of.ts'
import { embeddedProviders } from '../projects/project-file.ts'
import type { VectorRuntime } from '../vectors/model.ts'
import { foldersOf, makeFolders } from './folders.ts'
import { openHome } from './home.ts'

/** The engine, the online store and the server that known answers are played against: those that `fettle dev` runs. */
export const vectorRuntime: VectorRuntime = createVectorRuntime(async () => embeddedProviders.metadata)

/** The same with the metadata of every tracking server somewhere else; `metadata` answers an empty store each time. */
export function createVectorRuntime(metadata: () => Promise<string>): VectorRuntime {
  return {
    createEngine: () => createDuckDBEngine({ threads: 2 }),
    openStore: folder => openLmdbStore({ folder }),
    async startTracking(folder) {
      const folders = foldersOf(folder)
      makeFolders(folders)
      const report = (fault: unknown) => process.stderr.write(`${messageOf(fault)}\n`)
      return openHome({
        options: { folder, port: 0 },
        project: {
          project: 'vectors',
          definitions: '',
          replayFrom: null,
          providers: { ...embeddedProviders, metadata: await metadata() },
          feastPort: null,
        },
        folders,
        token: randomBytes(24).toString('base64url'),
        front: () => undefined,
        workers: () => 0,
        controlOnly: true,
        onLine: report,
        onFault: report,
      })
    },
  }
}
