import { openLmdbStore } from '../adapters/online/lmdb/index.ts'
import { scorerFactory } from '../adapters/scorers/index.ts'
import { prepareFeatures } from '../features/index.ts'
import { packageVersion } from '../kernel/package-root.ts'
import { runFront, runScorer, type ScorerRequest, type StartScorer, startProcess } from '../serving/index.ts'
import { roleCommand } from './build-facts.ts'
import { superviseMe } from './children.ts'

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
  const store = openLmdbStore({ folder: role.onlineFolder })
  const ended = new Promise<void>(resolve => {
    const me = superviseMe(() => void front.then(running => running.drain()).then(() => resolve()))
    const front = runFront({
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
    void front.then(({ dataUrl, adminUrl }) => me.ready({ dataUrl, adminUrl }))
    front.catch(error => {
      process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
      process.exit(1)
    })
  })
  await ended
  await store.close()
  process.exit(0)
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
