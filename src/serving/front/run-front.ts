import { hostname } from 'node:os'
import { join } from 'node:path'
import type { FeatureService } from '../../features/index.ts'
import { type Clock, settableClock, systemClock } from '../../kernel/clock.ts'
import type { RunningGrpc } from '../dialects/oip/grpc/server.ts'
import { createDialectState, type DialectOptions } from '../dialects/state.ts'
import { createFeastServer, type MaterializeFeatures } from '../feast/index.ts'
import { openFeedback } from '../feedback/intake.ts'
import { createLogWriter, type LogWriterOptions } from '../log/writer.ts'
import type { PrepareFeatures, ScorerFactory, StartScorer } from '../ports.ts'
import { openAccess } from './access.ts'
import { createAdminServer } from './admin-server.ts'
import { createDataServer } from './data-server.ts'
import type { FrontState } from './front-state.ts'
import { type ConnectionLimits, closeListener, type FrontTls, limitedServer, listen } from './listening.ts'
import { createFrontMetrics } from './metrics.ts'
import { watchReleases } from './release-watcher.ts'
import { sealWhenChanged } from './seal-when-changed.ts'
import type { ServedDeployment } from './served-deployment.ts'

export interface FrontOptions {
  /** `.fettle/serving`: deployments.json, releases/, log/. */
  readonly servingFolder: string
  readonly prepareFeatures: PrepareFeatures
  /** Closed by whoever opened it, after `drain`. */
  readonly features: FeatureService
  /** See {@link FrontState.materialize}. */
  readonly materialize?: MaterializeFeatures
  /** The Feast dialect on a port of its own too; 0 chooses a free one. Default: none (Feast's is 6566). */
  readonly feastPort?: number
  /** Starts a scorer process; its standard error should go where somebody reads it. */
  readonly startScorer: StartScorer
  /** Scorers without native code, which may run in this process where a release's plan has them there. */
  readonly frontScorers?: ScorerFactory
  /** Default 127.0.0.1. The admin port is always on loopback. */
  readonly host?: string
  /** 0 chooses a free one. Default 8080. */
  readonly dataPort?: number
  /** 0 chooses a free one. Default 8081. */
  readonly adminPort?: number
  /** `replay`: features are read as of a clock that POST /admin/clock sets; until then, and otherwise, as of now. */
  readonly clock?: 'system' | 'replay'
  /** The machine's clock. */
  readonly systemClock?: Clock
  /** Keep a second scorer process per release warm. Default true. */
  readonly standby?: boolean
  /** Scorer processes of a release that score at the same time. Default 1. */
  readonly scorers?: number
  /** Most rows of one batch of a scorer. Default 512. */
  readonly maxBatchRows?: number
  /** Takes what another front of the folder was asked to write. */
  readonly handedFeatures?: (body: Uint8Array) => Promise<Uint8Array>
  readonly dialects?: DialectOptions
  /** Callers must be known in `access.json` of the serving folder; `fronts` share their quotas. Left out: anybody may call. */
  readonly access?: { readonly fronts: number }
  /** The Open Inference Protocol over gRPC on a port of its own; 0 chooses a free one. Default: none (Triton's is 8001). */
  readonly grpcPort?: number
  /** Of the data port. */
  readonly tls?: FrontTls
  /** Of the data port. */
  readonly limits?: ConnectionLimits
  /** Default 64 MiB. */
  readonly bodyBytes?: number
  /** Of all bodies that are being read. Default 256 MiB. */
  readonly totalBytes?: number
  readonly log?: Omit<LogWriterOptions, 'folder'>
  /** The list of erased keys: when it changes, the logs begin new segments, so that the former ones can be rewritten. */
  readonly erasedKeysFile?: string
  /** How long requests are still taken after `drain` began. Default 400 ms. */
  readonly graceMillis?: number
  readonly name?: string
  readonly version?: string
  /** One line about a load, a refusal, an incident. */
  readonly report?: (line: string) => void
}

export interface RunningFront {
  readonly dataUrl: string
  readonly adminUrl: string
  /** Of the Feast port, if there is one. */
  readonly feastUrl?: string
  /** `host:port` of gRPC, if there is one. */
  readonly grpcAddress?: string
  /** Not ready → grace → close the ports → finish what is in flight (≤ 20 s) → sync and seal the log. Called again: hurries. */
  drain(): Promise<void>
}

const finishMillis = 20_000
const hurryMillis = 1000
/** How long the first request of a connection that was just taken may be on its way. */
const lingerMillis = 250

/** Starts the serving front; resolves when both ports listen and the releases that could be loaded answer. */
export async function runFront(options: FrontOptions): Promise<RunningFront> {
  const clock = options.systemClock ?? systemClock
  const { host = '127.0.0.1', graceMillis = 400 } = options
  const report = options.report ?? (() => undefined)
  const log = createLogWriter({ ...options.log, folder: join(options.servingFolder, 'log') })
  const feedback = await openFeedback({
    servingFolder: options.servingFolder,
    ...(options.log?.front === undefined ? {} : { front: options.log.front }),
  })
  const metrics = createFrontMetrics()
  const replayClock = options.clock === 'replay' ? settableClock(0n) : undefined
  const featureClock: Clock = replayClock
    ? { nowMicros: () => replayClock.nowMicros() || clock.nowMicros() }
    : clock
  const { servingFolder, prepareFeatures, startScorer, frontScorers, standby, scorers, maxBatchRows } =
    options
  const releases = await watchReleases({
    servingFolder,
    prepareFeatures,
    startScorer,
    report,
    ...(frontScorers === undefined ? {} : { frontScorers }),
    ...(standby === undefined ? {} : { standby }),
    ...(scorers === undefined ? {} : { scorers }),
    ...(maxBatchRows === undefined ? {} : { maxBatchRows }),
  })
  const vertex = options.dialects?.vertex
  const access =
    options.access &&
    (await openAccess({
      file: join(servingFolder, 'access.json'),
      fronts: options.access.fronts,
      free: vertex ? [vertex.health] : [],
      report,
    }))
  const state: FrontState = {
    releases,
    log: feedback.overhear(log, name => takesFeedback(releases.find(name))),
    feedback,
    metrics,
    features: options.features,
    ...(options.materialize ? { materialize: options.materialize } : {}),
    clock,
    featureClock,
    dialects: createDialectState(options.dialects),
    ...(access ? { access } : {}),
    limits: {
      bodyBytes: options.bodyBytes ?? 64 * 1024 * 1024,
      totalBytes: options.totalBytes ?? 256 * 1024 * 1024,
      bodyMillis: options.limits?.bodyMillis ?? 10_000,
    },
    budget: { held: 0 },
    router: `${hostname()}-${options.log?.front ?? 0}`,
    name: options.name ?? 'fettle',
    version: options.version ?? '0.1.0',
    onIncident: (id, error) =>
      report(`incident ${id}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    inFlight: 0,
    draining: false,
  }
  const data = limitedServer(createDataServer(state), options.limits ?? {}, options.tls)
  const feast = options.feastPort === undefined ? undefined : createFeastServer(state)
  const admin = createAdminServer(state, { replayClock, handedFeatures: options.handedFeatures })
  const erased =
    options.erasedKeysFile === undefined
      ? undefined
      : sealWhenChanged(options.erasedKeysFile, () => {
          log.seal()
          feedback.seal()
        })
  const stop = async () => {
    erased?.close()
    await releases.close()
    await log.close()
    await feedback.close()
    access?.close()
    metrics.close()
  }
  let dataUrl: string
  let adminUrl: string
  let feastUrl: string | undefined
  let grpc: RunningGrpc | undefined
  try {
    dataUrl = await listen(data, { host, port: options.dataPort ?? 8080 })
    adminUrl = await listen(admin, { host: '127.0.0.1', port: options.adminPort ?? 8081, exclusive: true })
    if (feast) feastUrl = await listen(feast, { host, port: options.feastPort ?? 0 })
    if (options.grpcPort !== undefined) {
      // Its packages are a third of a front's start.
      const { startGrpc } = await import('../dialects/oip/grpc/server.ts')
      grpc = await startGrpc(state, { host, port: options.grpcPort, tls: options.tls })
    }
  } catch (error) {
    data.close()
    admin.close()
    await stop()
    throw error
  }

  let hurry: (() => void) | undefined
  let drained: Promise<void> | undefined
  async function drain(): Promise<void> {
    state.draining = true
    const hurried = new Promise<void>(resolve => {
      hurry = resolve
    })
    await Promise.race([sleep(graceMillis), hurried])
    for (const server of [data, feast]) if (server) closeListener(server)
    void grpc?.close()
    const closedAt = performance.now()
    const end = performance.now() + finishMillis
    let limit = end
    void hurried.then(() => {
      limit = Math.min(end, performance.now() + hurryMillis)
    })
    const lingering = () => performance.now() - closedAt < Math.min(lingerMillis, graceMillis)
    while ((state.inFlight > 0 || lingering()) && performance.now() < limit) await sleep(5)
    await stop()
    admin.close()
    data.closeAllConnections()
    admin.closeAllConnections()
    feast?.closeAllConnections()
  }
  return {
    dataUrl,
    adminUrl,
    ...(feastUrl === undefined ? {} : { feastUrl }),
    ...(grpc === undefined ? {} : { grpcAddress: grpc.address }),
    drain: () => {
      hurry?.()
      drained ??= drain()
      return drained
    },
  }
}

function takesFeedback(served: ServedDeployment | undefined): boolean {
  return (served?.current?.release.feedback ?? []).length > 0
}

function sleep(millis: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, millis))
}
