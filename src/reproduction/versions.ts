import { canonicalJson, contentHash, type Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { formatTimestamp, type Micros } from '../kernel/time.ts'
import type { PipelineRun } from '../pipelines/index.ts'
import type { ModelVersion } from '../registry/index.ts'
import { findIngredients, type LookOptions } from './ingredients.ts'
import { factOf } from './known.ts'
import { trainedBy, versionManifest } from './manifest.ts'
import type {
  ErasedRows,
  Ingredient,
  ReproductionReport,
  RunOrigin,
  VersionClass,
  VersionManifest,
} from './model.ts'
import type { StoredReport } from './ports.ts'
import type { ReproductionDependencies } from './service.ts'
import { classOf } from './verdict.ts'

/** A version by name and number. */
export interface VersionName {
  readonly model: string
  readonly version: number
}

/** A version with its manifest and what of it is there now. */
export interface LookedAt {
  readonly manifest: VersionManifest
  /** Of the manifest's object. */
  readonly hash: string
  readonly ingredients: readonly Ingredient[]
  readonly erased: ErasedRows
  readonly class: VersionClass
  readonly last: StoredReport | undefined
}

export const subjectOf = ({ model, version }: VersionName): string => `${model}@${version}`

interface Resolution {
  readonly digest: string
  /** Names with the instant they were first missed. */
  readonly missing: Readonly<Record<string, string>>
  readonly erased: ErasedRows
}

/** Looks for what a version rests on, and remembers what was found: its class follows from that. */
export async function lookAt(
  deps: ReproductionDependencies,
  name: VersionName,
  options: LookOptions = {},
): Promise<LookedAt> {
  const version = await deps.registry.getVersion(name.model, name.version)
  const { manifest, hash } = await keepManifest(deps, version)
  const [ingredients, erased] = await Promise.all([
    findIngredients(manifest, deps, options),
    erasedRows(deps, manifest),
  ])
  const kept = await manifestRow(deps, hash, options)
  const all = [kept, ...ingredients]
  const at = deps.clock.nowMicros()
  const before = (await resolutionOf(deps, version))?.resolution.missing ?? {}
  const missing = Object.fromEntries(
    all
      .filter(each => each.state === 'missing')
      .map(each => [each.name, before[each.name] ?? formatTimestamp(at)]),
  )
  const resolution: Resolution = { digest: version.digest, missing, erased }
  await deps.uow.transaction(stores =>
    stores.reproductions.put({
      kind: 'resolution',
      subject: subjectOf(name),
      at,
      body: resolution as unknown as Json,
    }),
  )
  const reports = await reportsOf(deps, version)
  const found = classOf({ missing, erased, lookedAt: formatTimestamp(at), last: decisive(reports) })
  return { manifest, hash, ingredients: all, erased, class: found, last: reports[0] }
}

async function erasedRows(
  { present }: ReproductionDependencies,
  manifest: VersionManifest,
): Promise<ErasedRows> {
  const data = factOf(manifest.data)
  const stored = data && (await present.storedSet(data.id))
  return stored?.erased ?? { rows: 0, receipts: [] }
}

/** An object that vanished is not made again silently: somebody relied on its bytes. */
async function manifestRow(
  { objects }: ReproductionDependencies,
  hash: string,
  { readAll }: LookOptions,
): Promise<Ingredient> {
  const whole = readAll
    ? await objects.getBytes(hash).then(
        () => true,
        () => false,
      )
    : await objects.has(hash)
  return {
    part: 'manifest',
    name: 'manifest',
    wanted: hash,
    found: whole ? hash : 'its object is gone or damaged',
    how: 'object store',
    state: whole ? 'found' : 'missing',
  }
}

/** The class by what was found when it was looked at last; undefined for a version nobody looked at. */
export async function knownClass(
  deps: ReproductionDependencies,
  version: ModelVersion,
): Promise<VersionClass | undefined> {
  const found = await resolutionOf(deps, version)
  if (found === undefined) return undefined
  const { missing, erased } = found.resolution
  const last = decisive(await reportsOf(deps, version))
  return classOf({ missing, erased, lookedAt: formatTimestamp(found.at), last })
}

async function resolutionOf(
  { uow }: ReproductionDependencies,
  version: ModelVersion,
): Promise<{ readonly at: Micros; readonly resolution: Resolution } | undefined> {
  const found = await uow.read.reproductions.find('resolution', subjectOf(version))
  const resolution = found?.body as unknown as Resolution | undefined
  return found && resolution?.digest === version.digest ? { at: found.at, resolution } : undefined
}

function decisive(reports: readonly StoredReport[]): ReproductionReport | undefined {
  return reports.find(({ report }) => report.verdict !== 'inconclusive')?.report
}

/** Newest first, of this very version: a name that was deleted and made anew counts from 1 again. */
export async function reportsOf(
  { uow }: ReproductionDependencies,
  { model, version, digest }: Pick<ModelVersion, 'model' | 'version' | 'digest'>,
): Promise<readonly StoredReport[]> {
  const reports = await uow.read.reproductions.listReports({ model, version })
  return reports.filter(each => each.report.digest === digest)
}

interface KeptManifest {
  readonly digest: string
  readonly hash: string
  /** What the object holds, so that it can still be told what is wanted when the object is gone. */
  readonly manifest: VersionManifest
}

/** The manifest as it was first made; made now where there is none. */
export async function keepManifest(
  deps: ReproductionDependencies,
  version: ModelVersion,
): Promise<{ readonly manifest: VersionManifest; readonly hash: string }> {
  const subject = subjectOf(version)
  const found = await deps.uow.read.reproductions.find('version-manifest', subject)
  const kept = found?.body as unknown as KeptManifest | undefined
  if (kept?.digest === version.digest) return { manifest: kept.manifest, hash: kept.hash }
  const run = version.pipelineRun === null ? undefined : await deps.findRun(version.pipelineRun)
  const manifest = versionManifest({
    version,
    run,
    origin: run && (await originOfVersion(deps, run, version)),
    holders: await deps.holders(version),
  })
  const { hash } = await putJson(deps, manifest as unknown as Json)
  await deps.uow.transaction(stores =>
    stores.reproductions.put({
      kind: 'version-manifest',
      subject,
      at: deps.clock.nowMicros(),
      body: { digest: version.digest, hash, manifest: manifest as unknown as Json },
    }),
  )
  return { manifest, hash }
}

/** Of the run that really trained it: the step may have been reused from an earlier one. */
async function originOfVersion(
  deps: ReproductionDependencies,
  run: PipelineRun,
  version: ModelVersion,
): Promise<RunOrigin | undefined> {
  const id = trainedBy(run, version)?.plan.id
  let ran: PipelineRun | undefined = run
  for (let from: string | null = run.id; from !== null; ) {
    ran = from === run.id ? run : await deps.findRun(from)
    from = ran?.steps.find(step => step.plan.id === id)?.reusedFrom ?? null
  }
  return ran && originOf(deps, ran)
}

export async function originOf(
  { uow }: ReproductionDependencies,
  run: PipelineRun,
): Promise<RunOrigin | undefined> {
  const found = await uow.read.reproductions.find('origin', run.id)
  return found?.body as unknown as RunOrigin | undefined
}

/** Stores canonical JSON: the object's hash is the content hash of the value. */
export async function putJson(
  { objects }: Pick<ReproductionDependencies, 'objects'>,
  value: Json,
): Promise<{ readonly hash: string }> {
  const stored = await objects.putBytes(new TextEncoder().encode(canonicalJson(value)))
  if (stored.hash !== contentHash(value)) throw new Error('the stored bytes are not those of the value')
  return stored
}

export function unknownReport(id: string): never {
  throw new FettleError('REPRODUCTION_UNKNOWN', `there is no reproduction ${id.slice(0, 80)}`)
}
