import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { FeatureService } from '../../features/index.ts'
import { type Clock, settableClock, systemClock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { createFeastServer, type MaterializeFeatures } from '../feast/index.ts'
import { createLogWriter, type LogWriterOptions } from '../log/writer.ts'
import type { PrepareFeatures, StartScorer } from '../ports.ts'
import { createAdminServer } from './admin-server.ts'
import { createDataServer } from './data-server.ts'
import type { FrontState } from './front-state.ts'
import { createFrontMetrics } from './metrics.ts'
import { watchReleases } from './release-watcher.ts'

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
  /** Default 64 MiB. */
  readonly bodyBytes?: number
  readonly log?: Omit<LogWriterOptions, 'folder'>
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
  /** Not ready → grace → close the ports → finish what is in flight (≤ 20 s) → sync and seal the log. Called again: hurries. */
  drain(): Promise<void>
}

const finishMillis = 20_000
const hurryMillis = 1000

/** Starts the serving front; resolves when both ports listen and the releases that could be loaded answer. */
export async function runFront(options: FrontOptions): Promise<RunningFront> {
  const clock = options.systemClock ?? systemClock
  const report = options.report ?? (() => undefined)
  const log = createLogWriter({ ...options.log, folder: join(options.servingFolder, 'log') })
  const metrics = createFrontMetrics()
  const replayClock = options.clock === 'replay' ? settableClock(0n) : undefined
  const featureClock: Clock = replayClock
    ? { nowMicros: () => replayClock.nowMicros() || clock.nowMicros() }
    : clock
  const { servingFolder, prepareFeatures, startScorer, standby } = options
  const releases = await watchReleases({
    servingFolder,
    prepareFeatures,
    startScorer,
    report,
    ...(standby === undefined ? {} : { standby }),
  })
  const state: FrontState = {
    releases,
    log,
    metrics,
    features: options.features,
    ...(options.materialize ? { materialize: options.materialize } : {}),
    clock,
    featureClock,
    limits: { bodyBytes: options.bodyBytes ?? 64 * 1024 * 1024, totalBytes: 256 * 1024 * 1024 },
    budget: { held: 0 },
    name: options.name ?? 'fettle',
    version: options.version ?? '0.1.0',
    onIncident: (id, error) =>
      report(`incident ${id}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`),
    inFlight: 0,
    draining: false,
  }
  const data = createDataServer(state)
  const feast = options.feastPort === undefined ? undefined : createFeastServer(state)
  const admin = createAdminServer(state, replayClock)
  const stop = async () => {
    await releases.close()
    await log.close()
    metrics.close()
  }
  let dataUrl: string
  let adminUrl: string
  let feastUrl: string | undefined
  try {
    dataUrl = await listen(data, options.host ?? '127.0.0.1', options.dataPort ?? 8080)
    adminUrl = await listen(admin, '127.0.0.1', options.adminPort ?? 8081)
    if (feast) feastUrl = await listen(feast, options.host ?? '127.0.0.1', options.feastPort ?? 0)
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
    await Promise.race([sleep(options.graceMillis ?? 400), hurried])
    data.close()
    admin.close()
    feast?.close()
    data.closeIdleConnections()
    const end = performance.now() + finishMillis
    let limit = end
    void hurried.then(() => {
      limit = Math.min(end, performance.now() + hurryMillis)
    })
    while (state.inFlight > 0 && performance.now() < limit) await sleep(5)
    await stop()
    data.closeAllConnections()
    admin.closeAllConnections()
    feast?.closeAllConnections()
  }
  return {
    dataUrl,
    adminUrl,
    ...(feastUrl === undefined ? {} : { feastUrl }),
    drain: () => {
      hurry?.()
      drained ??= drain()
      return drained
    },
  }
}

function listen(server: Server, host: string, port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', error => {
      const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
      reject(
        taken ? new FettleError('PORT_IN_USE', `port ${port} on ${host} is taken`, { cause: error }) : error,
      )
    })
    server.listen(port, host, () => resolve(`http://${host}:${(server.address() as AddressInfo).port}`))
  })
}

function sleep(millis: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, millis))
}
