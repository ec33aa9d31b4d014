import type { Json } from '../kernel/canonical.ts'
import type { Micros } from '../kernel/time.ts'
import type { Release, ReleaseReferences } from '../registry/index.ts'

/** A release as deployed. The release document never changes; deploying it again is a new record of the same digest. */
export interface ReleaseRecord {
  readonly release: Release
  readonly deployedAt: Micros
  readonly by: string
  readonly reason: string
}

/** Releases of deployments, numbered 1, 2, 3 … per deployment without gaps. */
export interface DeploymentStore extends ReleaseReferences {
  insertRelease(record: ReleaseRecord): Promise<void>
  /** Newest first. */
  listReleases(deployment: string): Promise<readonly ReleaseRecord[]>
  /** The newest release of every deployment. */
  latestReleases(): Promise<Readonly<Record<string, ReleaseRecord>>>
}

/** What the data plane says of one deployment. */
export interface ServedDeployment {
  readonly name: string
  readonly digest: string | null
  readonly state: 'loading' | 'ready' | 'degraded' | 'down'
  /** Why it is not ready; null when it is. */
  readonly problem: string | null
  readonly predictions: number
  readonly degraded: number
  readonly p50Ms: number | null
  readonly p99Ms: number | null
  readonly since: Micros
}

/** The serving process, seen from the control plane. It may be away: then `status` is undefined. */
export interface DataPlane {
  readonly url: string | null
  status(): Promise<readonly ServedDeployment[] | undefined>
  /** Body and answer of POST /predict/{deployment}; errors come out as FettleError with the data plane's own code. */
  predict(deployment: string, body: Json): Promise<Json>
}

/** Where the data plane reads releases. Files appear whole; the pointer moves in one step. */
export interface ReleaseFolder {
  /** Writes the release and its model files, verified by hash, and texts beside them by name; a repeat is a no-op. */
  publish(release: Release, beside?: Readonly<Record<string, string>>): Promise<void>
  /** Points a deployment at a published release. */
  point(deployment: string, digest: string): Promise<void>
  /** Takes the pointers of all other deployments away: they answer no longer. */
  keepOnly(deployments: readonly string[]): Promise<void>
}
