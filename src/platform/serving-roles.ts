import { scorerFactory } from '../adapters/scorers/index.ts'
import {
  createFeatureService,
  prepareFeatures,
  type ServedFeatures,
  workerRunner,
} from '../features/index.ts'
import { systemClock } from '../kernel/clock.ts'
import { messageOf } from '../kernel/message-of.ts'
import { packageVersion } from '../kernel/package-root.ts'
import { runFront, runScorer, type ScorerRequest, type StartScorer, startProcess } from '../serving/index.ts'
import { roleCommand } from './build-facts.ts'
import { superviseMe } from './children.ts'
import { openFeed } from './feeds.ts'
import { erasedKeysFile, featureCatalogFile, journalFolder } from './folders.ts'
import { lockWhenFree } from './lock-when-free.ts'
import { materializeInChild } from './materialize-child.ts'
import { guardOf } from './project-keys.ts'
import { openOnlineStore } from './providers.ts'
import { takeSecrets } from './role-secret.ts'

export interface FrontRole {
  readonly projectFolder: string
  readonly servingFolder: string
  readonly onlineFolder: string
  readonly workFolder: string
  readonly host: string
  readonly dataPort: number
  readonly adminPort: number
  /** Of the Feast dialect, where it has one of its own. */
  readonly feastPort?: number
  readonly replay: boolean
}

/** The serving front: HTTP, lookup, log. Says its addresses when it is ready. */
export async function frontRole(role: FrontRole): Promise<void> {
  const asked = new AbortController()
  const me = superviseMe(() => asked.abort())
  // Two writers of one prediction log would cut each other's records: the orphan of a killed Fettle drains first.
  const lock = await lockWhenFree(role.servingFolder, asked.signal)
  const secrets = takeSecrets()
  const { providers, project } = secrets
  const guard = guardOf(secrets)
  let refill = (): void => undefined
  const store = await openOnlineStore(providers, {
    folder: role.onlineFolder,
    project,
    onEmptied: () => refill(),
  })
  const onDemand = workerRunner()
  const prepare = (features: ServedFeatures) => prepareFeatures(store, features, { guard, onDemand })
  const report = (line: string): void => void process.stderr.write(`${line}\n`)
  // The lock of the serving folder is also what makes this the only writer of the journals.
  const features = await createFeatureService({
    store,
    prepareFeatures: prepare,
    catalogFile: featureCatalogFile(role.servingFolder),
    journalFolder: journalFolder(role.servingFolder),
    erasures: { guard, listFile: erasedKeysFile(role.servingFolder) },
    openFeed: feed => openFeed(feed, role.projectFolder),
    clock: systemClock,
    report,
  })
  refill = () =>
    void features
      .rebuild()
      .catch(error => report(`the online store is not filled again: ${messageOf(error)}`))
  const { dataUrl, adminUrl, feastUrl, drain } = await runFront({
    servingFolder: role.servingFolder,
    prepareFeatures: prepare,
    features,
    startScorer,
    materialize: materializeInChild(role, secrets),
    ...(role.feastPort === undefined ? {} : { feastPort: role.feastPort }),
    host: role.host,
    dataPort: role.dataPort,
    adminPort: role.adminPort,
    clock: role.replay ? 'replay' : 'system',
    version: packageVersion(),
    report,
  })
  me.ready({ dataUrl, adminUrl, ...(feastUrl === undefined ? {} : { feastUrl }) })
  await aborted(asked.signal)
  await drain()
  await features.close()
  await onDemand.close()
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

export const startScorer: StartScorer = request => {
  const [command = '', ...argv] = roleCommand('scorer', request)
  return startProcess(command, argv)
}

/** A scorer: loads one release and answers batches over the socket until the front is gone. */
export async function scorerRole(request: ScorerRequest): Promise<void> {
  process.on('SIGINT', () => undefined)
  await runScorer(request, scorerFactory)
  process.exit(0)
}
