import { lockFolder } from '../adapters/metadata/sqlite/folder-lock.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { readProjectFile } from '../projects/project-file.ts'
import { defaultPort } from './dev.ts'
import { foldersOf, makeFolders } from './folders.ts'
import { openHome } from './home.ts'
import { embeddedMetadata } from './provider-names.ts'
import { removeServerFile, serverToken, writeServerFile } from './server-file.ts'

export interface ServerOptions {
  /** The project folder, absolute. */
  readonly folder: string
  /** Default 4747; 0 chooses a free one. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Tests: callers on this machine may empty the store. */
  readonly testReset?: boolean
  readonly onLine?: (line: string) => void
}

export interface RunningServer {
  readonly url: string
  /** Ends it in order: no new requests, duties given to another process, metadata closed. */
  stop(): Promise<void>
}

/**
 * The control plane alone: API and web pages, no worker, no data plane. On Postgres any number of processes may serve one
 * database; on SQLite the folder is this process's. Its token is FETTLE_TOKEN, else a new one in `.fettle/server.json`.
 * Throws FOLDER_IN_USE, PORT_IN_USE, METADATA_UNAVAILABLE, OBJECT_STORE_UNAVAILABLE, USAGE.
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { testReset = false, port = defaultPort, host = '127.0.0.1' } = options
  if (testReset && !/^(127\.\d+\.\d+\.\d+|::1|localhost)$/.test(host))
    throw new FettleError('USAGE', '--test-reset empties the store for anybody who asks', {
      hint: 'Leave --host out, so that only this machine can ask.',
    })
  const project = await readProjectFile(options.folder)
  const folders = foldersOf(options.folder)
  makeFolders(folders)
  const lock = embeddedMetadata(project.providers) ? await lockFolder(folders.root) : undefined
  const token = serverToken()
  const onLine = options.onLine ?? (line => process.stderr.write(`${line}\n`))
  try {
    const home = await openHome({
      ...{ options: { folder: options.folder, host, port }, project, folders, token, onLine, testReset },
      controlOnly: true,
      front: () => undefined,
      workers: () => 0,
      onFault: error => onLine(error instanceof Error ? (error.stack ?? error.message) : String(error)),
    })
    await writeServerFile(folders.serverFile, { url: home.url, token, dataUrl: null })
    return {
      url: home.url,
      async stop() {
        removeServerFile(folders.serverFile)
        await home.close()
        await lock?.release()
      },
    }
  } catch (error) {
    await lock?.release()
    throw error
  }
}
