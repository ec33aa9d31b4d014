import type { AuditStores, Principal, ReceiptSigner } from '../governance/index.ts'
import type { Json } from '../kernel/canonical.ts'
import type { Clock } from '../kernel/clock.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { UnitOfWork } from '../kernel/unit-of-work.ts'
import type { ObjectStore, PipelineRun, RunPlan } from '../pipelines/index.ts'
import type { ModelVersion, RegistryService } from '../registry/index.ts'
import type { Compared } from './compare-action.ts'
import { type Estimate, estimateOf } from './estimate.ts'
import type { ReproductionReport, RunOrigin, VersionClass } from './model.ts'
import type { Present, ReproductionStore, StoredReport } from './ports.ts'
import { rebuildPlan } from './rebuild-plan.ts'
import { keepInconclusive, recordCompared } from './reports.ts'
import { runManifest } from './run-manifest.ts'
import { isGenuine } from './sign-report.ts'
import {
  keepManifest,
  knownClass,
  type LookedAt,
  lookAt,
  originOf,
  putJson,
  reportsOf,
  subjectOf,
  unknownReport,
  type VersionName,
} from './versions.ts'

export interface ReproductionStores extends AuditStores {
  readonly reproductions: ReproductionStore
}

export interface ReproductionDependencies {
  readonly uow: UnitOfWork<ReproductionStores>
  readonly clock: Clock
  readonly project: string
  readonly objects: ObjectStore
  readonly registry: Pick<RegistryService, 'getVersion' | 'listModels' | 'listVersions'>
  readonly present: Present
  readonly signer: ReceiptSigner
  /** Releases that keep a version. */
  holders(version: Pick<ModelVersion, 'model' | 'version'>): Promise<readonly string[]>
  findRun(id: string): Promise<PipelineRun | undefined>
  startRun(
    plan: RunPlan,
    options: { readonly principal: Principal; readonly idempotencyKey?: string },
  ): Promise<PipelineRun>
}

/** What a reproduction would be made from, and how long it may take; nothing runs. */
export interface Prospect extends LookedAt {
  readonly estimate: Estimate
}

/** A reproduction that was started: its run, or the report at once where an ingredient is missing. */
export interface StartedReproduction {
  readonly run: PipelineRun | null
  readonly report: StoredReport | null
}

interface CheckOptions {
  readonly readAll: boolean
  /** Stops before the next version. */
  readonly signal?: AbortSignal
}

export type ReproductionService = ReturnType<typeof createReproductionService>

/**
 * Makes versions again from their manifests (tracking.md §8) and says how well that went. Every change it makes is its
 * own: manifests, reports, runs. Unknown names throw MODEL_UNKNOWN, MODEL_VERSION_UNKNOWN.
 */
export function createReproductionService(deps: ReproductionDependencies) {
  const { uow, registry } = deps
  return {
    async explain(name: VersionName): Promise<Prospect> {
      const looked = await lookAt(deps, name)
      const runs = await runsBehind(deps, looked.manifest.run)
      return { ...looked, estimate: estimateOf(looked.manifest, runs, looked.last?.report) }
    },

    start: (name: VersionName, principal: Principal, idempotencyKey?: string) =>
      startReproduction(deps, name, {
        principal,
        ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
      }),

    /**
     * The plan of a rebuild. With an ingredient missing there is none: an inconclusive report is kept, and
     * INGREDIENTS_MISSING names it.
     */
    async plan(name: VersionName, principal: Principal): Promise<RunPlan> {
      const looked = await lookAt(deps, name)
      const { missing } = looked.class
      if (missing.length === 0) return planOf(deps, looked)
      const { report } = await keepInconclusive(deps, looked, principal)
      throw new FettleError(
        'INGREDIENTS_MISSING',
        `${subjectOf(name)} cannot be made again: ${missing.join(', ')} ${missing.length === 1 ? 'does' : 'do'} not resolve`,
        { details: { missing, report: report.id } },
      )
    },

    /** Judges, signs and keeps what the comparing step of a run found. Told twice, it is kept once. */
    record: (run: string, compared: Compared, principal: Principal) =>
      recordCompared(deps, { run, compared, principal }),

    /** Newest first, of this very version. */
    async reports(name: VersionName): Promise<readonly StoredReport[]> {
      return reportsOf(deps, await registry.getVersion(name.model, name.version))
    },

    /** Throws REPRODUCTION_UNKNOWN. */
    report: async (id: string): Promise<StoredReport> =>
      (await uow.read.reproductions.findReport(id)) ?? unknownReport(id),

    /** One sentence for each thing about a report that does not hold. */
    async verify(report: ReproductionReport): Promise<readonly string[]> {
      const faults: string[] = []
      if (!isGenuine(deps.signer, report))
        faults.push('the signature is not that of this content with the key of this project')
      const kept = await uow.read.reproductions.findReport(String(report.id))
      if (kept?.report.signature !== report.signature)
        faults.push(`the project keeps no report ${String(report.id).slice(0, 80)} with this signature`)
      return faults
    },

    classOf: (version: ModelVersion): Promise<VersionClass | undefined> => knownClass(deps, version),

    /** The manifest of a version; made now if it has none. */
    manifest: async (name: VersionName) =>
      keepManifest(deps, await registry.getVersion(name.model, name.version)),

    /** Looks at every version; with `readAll` every object is read and hashed. */
    async check(options: CheckOptions): Promise<readonly (VersionName & VersionClass)[]> {
      const found: (VersionName & VersionClass)[] = []
      for (const { model, version } of await allVersions(deps)) {
        if (options.signal?.aborted) break
        found.push({ model, version, ...(await lookAt(deps, { model, version }, options)).class })
      }
      return found
    },

    /** Notes what a run was started from. */
    runStarted: (run: string, origin: RunOrigin): Promise<void> =>
      uow.transaction(async stores => {
        if (await stores.reproductions.find('origin', run)) return
        await stores.reproductions.put({
          kind: 'origin',
          subject: run,
          at: deps.clock.nowMicros(),
          body: origin as unknown as Json,
        })
      }),

    /** Keeps the manifest of a version that was just registered, and looks for what it wants. */
    versionRegistered: async (name: VersionName): Promise<void> => void (await lookAt(deps, name)),

    runManifest: (run: PipelineRun) => keepRunManifest(deps, run),
  }
}

async function allVersions({ registry }: ReproductionDependencies): Promise<readonly VersionName[]> {
  const names: VersionName[] = []
  let cursor: string | undefined
  do {
    const page = await registry.listModels({ limit: 500, ...(cursor === undefined ? {} : { cursor }) })
    for (const { name } of page.items)
      for (const { version } of await registry.listVersions(name)) names.push({ model: name, version })
    cursor = page.next
  } while (cursor !== undefined)
  return names
}

/** The run that made a version, and those whose steps it reused. */
async function runsBehind(
  { findRun }: ReproductionDependencies,
  first: string | null,
): Promise<ReadonlyMap<string, PipelineRun>> {
  const runs = new Map<string, PipelineRun>()
  const open = first === null ? [] : [first]
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    const run = runs.has(id) ? undefined : await findRun(id)
    if (run === undefined) continue
    runs.set(id, run)
    open.push(...run.steps.flatMap(step => step.reusedFrom ?? []))
  }
  return runs
}

function planOf({ present }: ReproductionDependencies, looked: LookedAt): RunPlan {
  const { manifest, hash, ingredients, erased } = looked
  return rebuildPlan({ manifest, hash, ingredients, erased, build: present.build })
}

interface StartOptions {
  readonly principal: Principal
  readonly idempotencyKey?: string
}

async function startReproduction(
  deps: ReproductionDependencies,
  name: VersionName,
  { principal, idempotencyKey }: StartOptions,
): Promise<StartedReproduction> {
  const looked = await lookAt(deps, name)
  if (looked.class.missing.length > 0)
    return { run: null, report: await keepInconclusive(deps, looked, principal) }
  const run = await deps.startRun(planOf(deps, looked), {
    principal,
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  })
  return { run, report: null }
}

/** The manifest of a run; a run that has ended keeps it as an object. */
async function keepRunManifest(
  deps: ReproductionDependencies,
  run: PipelineRun,
): Promise<{ readonly manifest: Json; readonly hash: string | null }> {
  const manifest = runManifest(run, await originOf(deps, run))
  if (!['succeeded', 'failed', 'cancelled'].includes(run.state)) return { manifest, hash: null }
  const { hash } = await putJson(deps, manifest)
  await deps.uow.transaction(stores =>
    stores.reproductions.put({
      kind: 'run-manifest',
      subject: run.id,
      at: deps.clock.nowMicros(),
      body: { hash },
    }),
  )
  return { manifest, hash }
}
