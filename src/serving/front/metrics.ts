import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Counter, Gauge, Registry } from 'prom-client'
import type { LogWriter } from '../log/writer.ts'
import type { Decided } from './decide.ts'
import { createHistogram, type Histogram } from './histogram.ts'
import type { ReleaseWatcher } from './release-watcher.ts'

export interface DeploymentMetrics {
  requests: number
  predictions: number
  degraded: number
  /** By error code. */
  readonly errors: Map<string, number>
  readonly latency: Histogram
}

/** Plain counters on the path of a request; Prometheus reads them when it asks. */
export interface FrontMetrics {
  answered(deployment: string, decided: Decided, micros: number): void
  failed(deployment: string | undefined, code: string): void
  of(deployment: string): DeploymentMetrics
  eventLoopDelayMillis(): { readonly p50: number; readonly p99: number }
  /** Prometheus text. */
  text(releases: ReleaseWatcher, log: LogWriter): Promise<string>
  close(): void
}

export function createFrontMetrics(): FrontMetrics {
  const deployments = new Map<string, DeploymentMetrics>()
  const delay = monitorEventLoopDelay({ resolution: 10 })
  delay.enable()

  function of(deployment: string): DeploymentMetrics {
    let metrics = deployments.get(deployment)
    if (!metrics) {
      metrics = { requests: 0, predictions: 0, degraded: 0, errors: new Map(), latency: createHistogram() }
      deployments.set(deployment, metrics)
    }
    return metrics
  }

  return {
    of,
    answered(deployment, decided, micros) {
      const metrics = of(deployment)
      metrics.requests += 1
      metrics.predictions += decided.rows.length
      if (decided.degradedReasons.length > 0) metrics.degraded += decided.rows.length
      metrics.latency.record(micros)
    },
    failed(deployment, code) {
      const { errors } = of(deployment ?? '')
      errors.set(code, (errors.get(code) ?? 0) + 1)
    },
    eventLoopDelayMillis: () => ({ p50: delay.percentile(50) / 1e6, p99: delay.percentile(99) / 1e6 }),
    text: (releases, log) =>
      prometheusText({ deployments, releases, log, delaySeconds: delay.percentile(99) / 1e9 }),
    close: () => delay.disable(),
  }
}

interface Snapshot {
  readonly deployments: ReadonlyMap<string, DeploymentMetrics>
  readonly releases: ReleaseWatcher
  readonly log: LogWriter
  readonly delaySeconds: number
}

async function prometheusText({ deployments, releases, log, delaySeconds }: Snapshot): Promise<string> {
  const registry = new Registry()
  const registers = [registry]
  const counter = (name: string, help: string, labelNames: string[] = []) =>
    new Counter({ name, help, labelNames, registers })
  const gauge = (name: string, help: string, labelNames: string[] = []) =>
    new Gauge({ name, help, labelNames, registers })

  const requests = counter('fettle_requests_total', 'Requests by outcome', ['deployment', 'code'])
  const predictions = counter('fettle_predictions_total', 'Rows decided', ['deployment', 'served_by'])
  const latency = gauge('fettle_latency_seconds', 'Quantiles of the time from receipt to reply since start', [
    'deployment',
    'quantile',
  ])
  for (const [deployment, metrics] of deployments) {
    requests.inc({ deployment, code: 'OK' }, metrics.requests)
    for (const [code, count] of metrics.errors) requests.inc({ deployment, code }, count)
    predictions.inc({ deployment, served_by: 'any' }, metrics.predictions)
    for (const quantile of [0.5, 0.99]) {
      const micros = metrics.latency.quantile(quantile)
      if (micros !== null) latency.set({ deployment, quantile: String(quantile) }, micros / 1e6)
    }
  }
  const degraded = counter('fettle_degraded_total', 'Rows answered degraded', ['deployment'])
  for (const [deployment, metrics] of deployments) degraded.inc({ deployment }, metrics.degraded)
  const restarts = counter('fettle_scorer_restarts_total', 'Scorer processes that died', ['deployment'])
  const ready = gauge('fettle_ready', '1 when a release answers', ['deployment', 'release'])
  for (const { name, current } of releases.list()) {
    restarts.inc({ deployment: name }, current?.pool.state().restarts ?? 0)
    ready.set(
      { deployment: name, release: String(current?.release.number ?? '') },
      current?.pool.state().ready ? 1 : 0,
    )
  }
  const records = counter('fettle_log_records_total', 'Records of the prediction log', ['state'])
  const counts = log.counters()
  records.inc({ state: 'written' }, counts.writtenRecords)
  records.inc({ state: 'synced' }, counts.syncedRecords)
  records.inc({ state: 'refused' }, counts.refusedRecords)
  counter('fettle_log_dropped_total', 'Records lost without an error: always 0').inc(0)
  gauge('fettle_event_loop_delay_seconds', '99th percentile since start').set(delaySeconds)
  gauge('fettle_deployments_sequence', 'Sequence of the deployments file that is applied').set(
    releases.sequence(),
  )
  return registry.metrics()
}
