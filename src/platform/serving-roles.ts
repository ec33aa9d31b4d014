import cluster from 'node:cluster'
import { readFile } from 'node:fs/promises'
import { frontScorers } from '../adapters/scorers/index.ts'
import {
  createFeatureReader,
  createFeatureService,
  type OnlineStore,
  prepareFeatures,
  type ServedFeatures,
  workerRunner,
} from '../features/index.ts'
import { systemClock } from '../kernel/clock.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { messageOf } from '../kernel/message-of.ts'
import { packageVersion } from '../kernel/package-root.ts'
import {
  type FrontOptions,
  type FrontTls,
  runFront,
  type StartScorer,
  startProcess,
} from '../serving/index.ts'
import { explainAnswers } from './answer-explainer.ts'
import { roleCommand } from './build-facts.ts'
import { superviseMe } from './children.ts'
import { openFeed } from './feeds.ts'
import { erasedKeysFile, featureCatalogFile, journalFolder } from './folders.ts'
import { type FrontNumber, takeFrontNumber } from './front-number.ts'
import { lockWhenFree } from './lock-when-free.ts'
import { materializeInChild } from './materialize-child.ts'
import { guardOf } from './project-keys.ts'
import { openOnlineStore } from './providers.ts'
import { type RoleSecrets, takeSecrets } from './role-secret.ts'
import { sharedFeatures } from './shared-features.ts'

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
  /** One of several over the folder: it takes a number, and so a log, of its own. */
  readonly shared?: boolean
  readonly serving?: ServingSettings
}

/** How a front serves, beyond where it does. */
export type ServingSettings = Pick<
  FrontOptions,
  | 'access'
  | 'bodyBytes'
  | 'dialects'
  | 'graceMillis'
  | 'grpcPort'
  | 'limits'
  | 'scorers'
  | 'standby'
  | 'totalBytes'
> & {
  /** PEM files: command lines are public, so it is not the key itself. */
  readonly tlsFiles?: { readonly key: string; readonly cert: string; readonly clientCa?: string }
}

/** The serving front: HTTP, lookup, log. Says its addresses when it is ready. */
export async function frontRole(role: FrontRole): Promise<void> {
  const asked = new AbortController()
  let hurry = (): void => undefined
  const me = superviseMe(
    () => asked.abort(),
    () => hurry(),
  )
  // The primary's end is not this process's: it drains first.
  if (cluster.worker) cluster.worker.exitedAfterDisconnect = true
  const place = await (role.shared === true ? takeFrontNumber(role.servingFolder) : alone(role, asked.signal))
  const secrets = takeSecrets()
  const { providers, project } = secrets
  let refill = (): void => undefined
  const store = await openOnlineStore(providers, {
    folder: role.onlineFolder,
    project,
    onEmptied: () => refill(),
  })
  const onDemand = workerRunner()
  const report = (line: string): void => void process.stderr.write(`${line}\n`)
  const { features, prepare, shared } = await openFeatures({ role, secrets, store, onDemand, report })
  refill = () =>
    void features
      .rebuild()
      .catch(error => report(`the online store is not filled again: ${messageOf(error)}`))
  const { tlsFiles, ...settings } = role.serving ?? {}
  const front = await runFront({
    ...settings,
    dialects: { explain: explainAnswers(role), ...settings.dialects },
    ...(tlsFiles === undefined ? {} : { tls: await readTls(tlsFiles) }),
    servingFolder: role.servingFolder,
    erasedKeysFile: erasedKeysFile(role.servingFolder),
    prepareFeatures: prepare,
    features,
    ...(shared ? { handedFeatures: shared.handed } : {}),
    startScorer,
    frontScorers,
    materialize: materializeInChild(role, secrets),
    ...(role.feastPort === undefined ? {} : { feastPort: role.feastPort }),
    host: role.host,
    dataPort: role.dataPort,
    // Numbers of fronts that live are different, also while one takes over from another.
    adminPort: role.adminPort === 0 ? 0 : role.adminPort + place.number,
    log: { front: place.number },
    clock: role.replay ? 'replay' : 'system',
    version: packageVersion(),
    report,
  })
  const { drain: _, ...address } = front
  await place.announce(address)
  await shared?.announce(front.adminUrl)
  me.ready(address)
  await aborted(asked.signal)
  hurry = () => void front.drain()
  await front.drain()
  await features.close()
  await onDemand.close()
  await store.close()
  await place.release()
  process.exit(0)
}

/** The only front of a folder. Two writers of one log would cut each other's records: the orphan of a killed Fettle drains first. */
async function alone({ servingFolder }: FrontRole, signal: AbortSignal): Promise<FrontNumber> {
  const lock = await lockWhenFree(servingFolder, signal)
  const place = await takeFrontNumber(servingFolder)
  return {
    ...place,
    async release() {
      await place.release()
      lock.release()
    },
  }
}

interface FeatureParts {
  readonly role: FrontRole
  readonly secrets: RoleSecrets
  readonly store: OnlineStore
  readonly onDemand: ReturnType<typeof workerRunner>
  readonly report: (line: string) => void
}

async function openFeatures({ role, secrets, store, onDemand, report }: FeatureParts) {
  const { servingFolder, projectFolder } = role
  const guard = guardOf(secrets)
  const prepare = (features: ServedFeatures) => prepareFeatures(store, features, { guard, onDemand })
  const catalogFile = featureCatalogFile(servingFolder)
  // A lock of the serving folder is also what makes one process the only writer of the journals.
  const openWriter = () =>
    createFeatureService({
      store,
      prepareFeatures: prepare,
      catalogFile,
      journalFolder: journalFolder(servingFolder),
      erasures: { guard, listFile: erasedKeysFile(servingFolder) },
      openFeed: feed => openFeed(feed, projectFolder),
      clock: systemClock,
      report,
    })
  if (role.shared !== true) return { features: await openWriter(), prepare, shared: undefined }
  const shared = await sharedFeatures({
    servingFolder,
    reader: await createFeatureReader({ store, prepareFeatures: prepare, catalogFile }),
    openWriter,
    onFault: error => report(`the journals cannot be written: ${messageOf(error)}`),
  })
  return { features: shared, prepare, shared }
}

async function readTls(files: NonNullable<ServingSettings['tlsFiles']>): Promise<FrontTls> {
  const text = async (path: string): Promise<string> =>
    readFile(path, 'utf8').catch(cause => {
      throw new FettleError('USAGE', `the TLS file ${path} cannot be read`, { cause })
    })
  return {
    key: await text(files.key),
    cert: await text(files.cert),
    ...(files.clientCa === undefined ? {} : { clientCa: await text(files.clientCa) }),
  }
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
