import { openLmdbStore } from '../adapters/online/lmdb/index.ts'
import { scorerFactory } from '../adapters/scorers/index.ts'
import { prepareFeatures } from '../features/index.ts'
import { packageVersion } from '../kernel/package-root.ts'
import { runFront, runScorer, type ScorerRequest, type StartScorer, startProcess } from '../serving/index.ts'
import { roleCommand } from './build-facts.ts'
import { superviseMe } from './children.ts'
import { lockWhenFree } from './lock-when-free.ts'

export interface FrontRole {
  readonly servingFolder: string
  readonly onlineFolder: string
  readonly host: string
  readonly dataPort: number
  readonly adminPort: number
  readonly replay: boolean
}

/** The serving front: HTTP, lookup, log. Says its addresses when it is ready. */
export async function frontRole(role: FrontRole): Promise<void> {
  const asked = new AbortController()
  const me = superviseMe(() => asked.abort())
  // Two writers of one prediction log would cut each other's records: the orphan of a killed Fettle drains first.
  const lock = await lockWhenFree(role.servingFolder, asked.signal)
  const store = openLmdbStore({ folder: role.onlineFolder })
  const { dataUrl, adminUrl, drain } = await runFront({
    servingFolder: role.servingFolder,
    prepareFeatures: features => prepareFeatures(store, features),
    startScorer,
    host: role.host,
    dataPort: role.dataPort,
    adminPort: role.adminPort,
    clock: role.replay ? 'replay' : 'system',
    version: packageVersion(),
    report: line => process.stderr.write(`${line}\n`),
  })
  me.ready({ dataUrl, adminUrl })
  await aborted(asked.signal)
  await drain()
  await store.close()
  lock.release()
  process.exit(0)
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}

const startScorer: StartScorer = request => {
  const [command = '', ...argv] = roleCommand('scorer', request)
  return startProcess(command, argv)
}

/** A scorer: loads one release and answers batches over the socket until the front is gone. */
export async function scorerRole(request: ScorerRequest): Promise<void> {
  process.on('SIGINT', () => undefined)
  await runScorer(request, scorerFactory)
  process.exit(0)
}
