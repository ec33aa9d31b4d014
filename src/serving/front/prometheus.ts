import { Counter, Gauge, Registry } from 'prom-client'
import type { LogWriter } from '../log/writer.ts'
import type { DeploymentMetrics } from './metrics.ts'
import type { ReleaseWatcher } from './release-watcher.ts'

export interface MetricsSnapshot {
  readonly deployments: ReadonlyMap<string, DeploymentMetrics>
  readonly releases: ReleaseWatcher
  readonly log: LogWriter
  readonly delaySeconds: number
}

interface Instruments {
  counter(name: string, help: string, labelNames?: readonly string[]): Counter
  gauge(name: string, help: string, labelNames?: readonly string[]): Gauge
}

/** Prometheus text. Labels are names of deployments, releases, arms and codes that were declared: their number is bounded. */
export async function prometheusText(snapshot: MetricsSnapshot): Promise<string> {
  const registry = new Registry()
  const registers = [registry]
  const instruments: Instruments = {
    counter: (name, help, labelNames = []) =>
      new Counter({ name, help, labelNames: [...labelNames], registers }),
    gauge: (name, help, labelNames = []) => new Gauge({ name, help, labelNames: [...labelNames], registers }),
  }
  setDeployments(snapshot, instruments)
  setArms(snapshot, instruments)
  setReleases(snapshot, instruments)
  setShadows(snapshot, instruments)
  setFront(snapshot, instruments)
  return registry.metrics()
}

function setDeployments({ deployments }: MetricsSnapshot, { counter }: Instruments): void {
  const requests = counter('fettle_requests_total', 'Requests by outcome', ['deployment', 'code'])
  const degraded = counter('fettle_degraded_total', 'Rows answered degraded', ['deployment'])
  for (const [deployment, metrics] of deployments) {
    requests.inc({ deployment, code: 'OK' }, metrics.requests)
    for (const [code, count] of metrics.errors) requests.inc({ deployment, code }, count)
    degraded.inc({ deployment }, metrics.degraded)
  }
}

function setArms({ deployments }: MetricsSnapshot, { counter, gauge }: Instruments): void {
  const labels = ['deployment', 'release', 'arm']
  const requests = counter(
    'fettle_arm_requests_total',
    'Requests an arm had rows of: answered, failed by no fault of the caller, over the deadline, degraded',
    [...labels, 'outcome'],
  )
  const predictions = counter('fettle_predictions_total', 'Rows decided', [...labels, 'served_by'])
  const latency = gauge('fettle_latency_seconds', 'Quantiles of the time from receipt to reply since start', [
    ...labels,
    'quantile',
  ])
  for (const [deployment, { arms }] of deployments)
    for (const { arm, release, ...counts } of arms.list()) {
      const of = { deployment, release: String(release), arm }
      requests.inc({ ...of, outcome: 'answered' }, counts.requests - counts.errors)
      requests.inc({ ...of, outcome: 'failed' }, counts.errors)
      requests.inc({ ...of, outcome: 'slow' }, counts.slow)
      requests.inc({ ...of, outcome: 'degraded' }, counts.degraded)
      for (const [served_by, rows] of Object.entries(counts.served))
        if (rows > 0 || served_by === 'model') predictions.inc({ ...of, served_by }, rows)
      for (const quantile of [0.5, 0.99]) {
        const micros = counts.latency.quantile(quantile)
        if (micros !== null) latency.set({ ...of, quantile: String(quantile) }, micros / 1e6)
      }
    }
}

function setReleases({ releases }: MetricsSnapshot, { counter, gauge }: Instruments): void {
  const restarts = counter('fettle_scorer_restarts_total', 'Scorer processes that died', ['deployment'])
  const ready = gauge('fettle_ready', '1 when a release answers', ['deployment', 'release'])
  const seq = gauge('fettle_rollout_seq', 'Row of the rollout log that is applied', ['deployment'])
  for (const { name, current, seq: applied } of releases.list()) {
    const state = current?.pool.state()
    restarts.inc({ deployment: name }, state?.restarts ?? 0)
    ready.set({ deployment: name, release: String(current?.release.number ?? '') }, state?.ready ? 1 : 0)
    seq.set({ deployment: name }, applied)
  }
}

function setShadows({ releases }: MetricsSnapshot, { counter }: Instruments): void {
  const outcomes = counter('fettle_shadow_total', 'Rows of shadows: scored, or why not', [
    'deployment',
    'outcome',
  ])
  for (const { name: deployment } of releases.list()) {
    const counts = releases.shadowCounts(deployment)
    outcomes.inc({ deployment, outcome: 'scored' }, counts?.scored ?? 0)
    for (const [outcome, rows] of counts?.drops ?? []) outcomes.inc({ deployment, outcome }, rows)
  }
}

function setFront({ log, releases, delaySeconds }: MetricsSnapshot, { counter, gauge }: Instruments): void {
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
}
