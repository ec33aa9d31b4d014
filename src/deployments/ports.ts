import type { Json } from '../kernel/canonical.ts'
import type { Micros } from '../kernel/time.ts'
import type { Release, ReleaseReferences } from '../registry/index.ts'
import type { FrontCounts } from './evidence/model.ts'
import type { SignedVerdictPage } from './gate/model.ts'
import type { RoutedDeployment } from './rollouts/routing.ts'

/** A release as it was made. The document never changes, and the same document made again is the same record. */
export interface ReleaseRecord {
  readonly release: Release
  readonly createdAt: Micros
  readonly by: string
  readonly reason: string
}

/** That a release began to serve. */
export interface Serving {
  readonly deployment: string
  readonly number: number
  readonly at: Micros
  readonly by: string
  readonly reason: string
}

/** What the gate said of a release once. */
export interface StoredVerdict {
  /** `vrd_…`. */
  readonly id: string
  /** The run that judged. */
  readonly run: string
  /** Object of the signed page. */
  readonly hash: string
  readonly at: Micros
  readonly expiresAt: Micros
  readonly page: SignedVerdictPage
}

/** A measured value of the number a deployment is judged by. */
export interface PurposeValue {
  readonly deployment: string
  /** When it was so. One value an instant: a later one for the same instant takes its place. */
  readonly at: Micros
  readonly value: number
  readonly by: string
  readonly recordedAt: Micros
}

/** Releases of deployments, numbered 1, 2, 3 … per deployment without gaps, with what was said of them. */
export interface DeploymentStore extends ReleaseReferences {
  insertRelease(record: ReleaseRecord): Promise<void>
  /** Newest first. */
  listReleases(deployment: string): Promise<readonly ReleaseRecord[]>
  /** What serves, by deployment; those that never served are not in it. */
  servingReleases(): Promise<Readonly<Record<string, ReleaseRecord & { readonly serving: Serving }>>>
  insertServing(serving: Serving): Promise<void>
  /** Newest first. */
  listServings(deployment: string): Promise<readonly Serving[]>
  insertVerdict(verdict: StoredVerdict): Promise<void>
  findVerdict(id: string): Promise<StoredVerdict | undefined>
  /** Newest first. */
  listVerdicts(deployment: string): Promise<readonly StoredVerdict[]>
  putPurposeValue(value: PurposeValue): Promise<void>
  /** Oldest first. */
  listPurposeValues(deployment: string): Promise<readonly PurposeValue[]>
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
  /** Counts of one deployment over all fronts, and which row of its rollout log each has applied; null: none answers. */
  counts(deployment: string): Promise<FrontCounts | null>
  /** Body and answer of POST /predict/{deployment}; errors come out as FettleError with the data plane's own code. */
  predict(deployment: string, body: Json, how?: PredictHow): Promise<Json>
}

export interface PredictHow {
  /** Logged as kind demo: part of no monitor, contract or threshold. */
  readonly purpose?: 'demo'
  /** A release that is loaded; routing decides unless told. */
  readonly release?: number
}

/** Where the data plane reads releases. Files appear whole; the pointer moves in one step. */
export interface ReleaseFolder {
  /** Writes the release and its model files, verified by hash, and texts beside them by name; a repeat renews only those. */
  publish(release: Release, beside?: Readonly<Record<string, string>>): Promise<void>
  /** Points a deployment at a published release. */
  point(deployment: string, digest: string): Promise<void>
  /** Writes where the traffic of a deployment goes, in one step; nothing where it says so already. */
  route(deployment: string, routed: RoutedDeployment): Promise<void>
  /** Takes the pointers of all other deployments away: they answer no longer. */
  keepOnly(deployments: readonly string[]): Promise<void>
}
