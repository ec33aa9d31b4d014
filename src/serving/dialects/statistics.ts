import type { Answered, DecodedRequest } from '../front/answered.ts'

/** Duration as the statistics extension of the Open Inference Protocol writes it. */
export interface Spent {
  count: number
  ns: number
}

/** Of one release of one deployment, since the front started. */
export interface ReleaseStatistics {
  readonly name: string
  readonly version: string
  /** Milliseconds UTC; 0: never. */
  lastInference: number
  /** Rows. */
  rows: number
  /** Receipt to encoding of requests that were answered. */
  readonly success: Spent
  readonly fail: Spent
  readonly queue: Spent
  readonly input: Spent
  readonly infer: Spent
  readonly output: Spent
}

export interface Statistics {
  /** `millis` from receipt. */
  answered(answered: Answered<DecodedRequest>, millis: number): void
  /** A request that was refused, of the release that would have answered. */
  failed(name: string, version: string, millis: number): void
  /** Of all releases of a deployment that were asked since the start. */
  of(name: string): readonly ReleaseStatistics[]
}

export function createStatistics(): Statistics {
  const deployments = new Map<string, Map<string, ReleaseStatistics>>()

  function entry(name: string, version: string): ReleaseStatistics {
    let versions = deployments.get(name)
    if (!versions) {
      versions = new Map()
      deployments.set(name, versions)
    }
    let found = versions.get(version)
    if (!found) {
      found = emptyStatistics(name, version)
      versions.set(version, found)
    }
    return found
  }

  return {
    answered({ release, rows, latency }, millis) {
      const of = entry(release.deployment, String(release.number))
      of.lastInference = Date.now()
      of.rows += rows.length
      spend(of.success, millis * 1000)
      if (!latency) return
      spend(of.queue, latency.queue)
      spend(of.input, latency.decode + latency.lookup)
      spend(of.infer, latency.score)
      spend(of.output, latency.encode)
    },
    failed(name, version, millis) {
      spend(entry(name, version).fail, millis * 1000)
    },
    of: name => [...(deployments.get(name)?.values() ?? [])],
  }
}

export function emptyStatistics(name: string, version: string): ReleaseStatistics {
  const none = (): Spent => ({ count: 0, ns: 0 })
  return {
    name,
    version,
    lastInference: 0,
    rows: 0,
    success: none(),
    fail: none(),
    queue: none(),
    input: none(),
    infer: none(),
    output: none(),
  }
}

function spend(spent: Spent, micros: number): void {
  spent.count += 1
  spent.ns += Math.round(micros * 1000)
}
