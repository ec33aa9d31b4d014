import { monitorEventLoopDelay } from 'node:perf_hooks'
import { isFettleError } from '../../kernel/errors/index.ts'
import type { LogWriter } from '../log/writer.ts'
import { type ArmCounters, createArmCounters } from './arm-counts.ts'
import type { Frame, Target } from './decide.ts'
import { createHistogram, type Histogram } from './histogram.ts'
import { prometheusText } from './prometheus.ts'
import type { ReleaseWatcher } from './release-watcher.ts'

export interface DeploymentMetrics {
  requests: number
  predictions: number
  degraded: number
  /** By error code. */
  readonly errors: Map<string, number>
  readonly latency: Histogram
  readonly arms: ArmCounters
}

/** Who had to answer a request. */
export interface RequestParts {
  readonly deployment: string
  readonly targets: readonly Target[]
  /** It is traffic: demonstrations are none. */
  readonly counted: boolean
}

/** Plain counters on the path of a request; Prometheus reads them when it asks. */
export interface FrontMetrics {
  /** From receipt to the records being written. */
  answered(
    parts: RequestParts,
    frames: readonly Frame[],
    time: { readonly micros: number; readonly slow: boolean },
  ): void
  /** Who had to answer and could not, for the guards of a rollout; `failed` counts the request. */
  broke(parts: RequestParts & { readonly failed: readonly Target[] }, error: unknown): void
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
      metrics = {
        requests: 0,
        predictions: 0,
        degraded: 0,
        errors: new Map(),
        latency: createHistogram(),
        arms: createArmCounters(),
      }
      deployments.set(deployment, metrics)
    }
    return metrics
  }

  return {
    of,
    answered({ deployment, targets, counted }, frames, { micros, slow }) {
      const metrics = of(deployment)
      metrics.requests += 1
      metrics.latency.record(micros)
      for (const { rows, degradedReasons } of frames) {
        metrics.predictions += rows.length
        if (degradedReasons.length > 0) metrics.degraded += rows.length
      }
      if (!counted) return
      for (const target of targets) {
        const counter = metrics.arms.of(target.arm, target.loaded.release.number)
        let degraded = false
        for (const frame of frames) {
          if (frame.target !== target) continue
          counter.served[frame.servedBy] += frame.rows.length
          degraded ||= frame.degradedReasons.length > 0
        }
        counter.requests += 1
        if (degraded) counter.degraded += 1
        if (slow) counter.slow += 1
        counter.latency.record(micros)
      }
    },
    broke({ deployment, targets, counted, failed }, error) {
      if (!counted) return
      const ours = !isFettleError(error) || error.status >= 500
      for (const target of targets) {
        const counter = of(deployment).arms.of(target.arm, target.loaded.release.number)
        counter.requests += 1
        if (ours && failed.includes(target)) counter.errors += 1
        if (failed.includes(target) && isFettleError(error, 'DEADLINE')) counter.slow += 1
      }
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
