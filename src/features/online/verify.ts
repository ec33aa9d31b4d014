import { createHash } from 'node:crypto'
import type { Micros } from '../../kernel/time.ts'
import {
  cellBytes,
  type FeatureStatus,
  statusLetters,
  type Value,
  type ValueType,
} from '../../kernel/values/index.ts'
import type { ViewClosure } from '../model.ts'
import { historical } from '../offline/historical.ts'
import type { OfflineEngine } from '../offline/ports.ts'
import type { OnlineView } from './model.ts'
import type { OnlineStore } from './ports.ts'
import { prepareFeatures } from './read.ts'
import { repairKeys } from './remerge.ts'
import { rowReader } from './scan-rows.ts'
import { type PlannedView, planView } from './view-plan.ts'

export interface VerifyOptions {
  readonly view: string
  /** Most keys to compare; chosen by hash, so that the same ones are compared again. */
  readonly sample: number
  /** The instant both sides are asked about; not before the view was materialized for. */
  readonly at: Micros
  readonly projectFolder: string
  /** Makes keys that differ anew from the source. */
  readonly repair?: boolean
  readonly signal?: AbortSignal
}

/** One side's answer: values by feature, and a status letter each (P, N, F). */
export interface VerifiedRow {
  readonly values: readonly Value[]
  readonly statuses: string
}

export interface VerifyReport {
  readonly view: string
  readonly version: number
  readonly features: readonly { readonly name: string; readonly type: ValueType }[]
  readonly compared: number
  readonly differences: readonly {
    readonly key: readonly Value[]
    readonly online: VerifiedRow
    readonly offline: VerifiedRow
  }[]
  /** Keys made anew. */
  readonly repaired: number
  /** Why nothing could be compared online, if so. */
  readonly errors: readonly string[]
}

/**
 * Compares what the online store answers with the point-in-time join at one instant, bit for bit, for a sample of the keys
 * in the source (features.md §8.7). Max age and look-back play no part. Throws what the source throws.
 */
export async function verifyView(
  engine: OfflineEngine,
  store: OnlineStore,
  closure: ViewClosure,
  options: VerifyOptions,
): Promise<VerifyReport> {
  const planned = planView(closure, options.view)
  const view = withoutAge(closure, options.view)
  const keys = await sampleKeys(engine, { closure, planned, options })
  const fields = view.features.map(({ name, type }) => ({ name, type }))
  const lookup = {
    view: view.name,
    as: view.name,
    keys: planned.keys.map(key => key.name),
    features: fields.map(field => field.name),
  }
  const online = await prepareFeatures(store, {
    request: planned.keys,
    lookups: [lookup],
    fullNames: false,
    views: [view],
    sources: closure.sources,
    onDemand: [],
  }).read(
    keys.map(({ values }) => Object.fromEntries(planned.keys.map((key, i) => [key.name, values[i] ?? null]))),
    options.at,
  )
  const offline = await historical(engine, {
    sources: closure.sources,
    views: [view],
    lookups: [lookup],
    fullNames: false,
    spine: {
      fields: [...planned.keys, { name: spineTime, type: 'timestamp' }],
      rows: keys.map(({ values }) => [...values, options.at]),
    },
    time: spineTime,
    projectFolder: options.projectFolder,
    ...(options.signal ? { signal: options.signal } : {}),
  })
  const differing = keys.flatMap(({ values, encoded }, i) => {
    const found = sideOf(online.values[i] ?? [], online.statuses[i] ?? [])
    const wanted = {
      values: offline.rows[i] ?? [],
      statuses: offline.statuses.map(letters => letters[i]).join(''),
    }
    return equalRows(fields, found, wanted) ? [] : [{ encoded, key: values, online: found, offline: wanted }]
  })
  const repaired = options.repair ? await repair(engine, store, { closure, options, differing }) : 0
  return {
    view: view.name,
    version: view.version,
    features: fields,
    compared: keys.length,
    differences: differing.map(({ key, online: found, offline: wanted }) => ({
      key,
      online: found,
      offline: wanted,
    })),
    repaired,
    errors: online.errors,
  }
}

const spineTime = '__verified_at'

function withoutAge(closure: ViewClosure, name: string): OnlineView {
  const found = closure.views.find(each => each.name === name)
  if (found === undefined) throw new TypeError(`the closure holds no view ${name}`)
  const { maxAge: _maxAge, lookback: _lookback, ...view } = found
  return view
}

function sideOf(values: readonly Value[], statuses: readonly FeatureStatus[]): VerifiedRow {
  return { values, statuses: statuses.map(status => statusLetters[status]).join('') }
}

function equalRows(fields: VerifyReport['features'], left: VerifiedRow, right: VerifiedRow): boolean {
  return (
    left.statuses === right.statuses &&
    fields.every(({ type }, i) =>
      cellBytes(type, left.values[i] ?? null).equals(cellBytes(type, right.values[i] ?? null)),
    )
  )
}

interface Sampled {
  readonly closure: ViewClosure
  readonly planned: PlannedView
  readonly options: VerifyOptions
}

interface SampledKey {
  readonly values: readonly Value[]
  readonly encoded: Buffer
  readonly rank: string
}

/** The keys with the least hashes: bounded memory, and the same sample each time. */
async function sampleKeys(
  engine: Pick<OfflineEngine, 'scanView'>,
  { closure, planned, options }: Sampled,
): Promise<readonly SampledKey[]> {
  const { projectFolder, at, sample, signal } = options
  const scan = await engine.scanView({
    closure,
    view: planned.id.name,
    projectFolder,
    knownAfter: null,
    knownUpTo: at,
    eventFrom: null,
    ...(signal ? { signal } : {}),
  })
  const read = rowReader(scan, planned)
  let kept = new Map<string, SampledKey>()
  let last: Buffer | undefined
  for await (const chunk of scan.chunks) {
    for (let i = 0; i < (chunk[0]?.length ?? 0); i++) {
      const values = read.key(chunk, i)
      const encoded = planned.encodeKey(values)
      if (last?.equals(encoded)) continue
      last = encoded
      const rank = createHash('sha1').update(encoded).digest('hex')
      kept.set(rank, { values, encoded, rank })
      if (kept.size >= sample * 2 + 1000) kept = new Map(least(kept, sample).map(key => [key.rank, key]))
    }
  }
  return least(kept, sample)
}

function least(kept: ReadonlyMap<string, SampledKey>, sample: number): readonly SampledKey[] {
  return [...kept.values()]
    .sort((left, right) => (left.rank < right.rank ? -1 : Number(left.rank > right.rank)))
    .slice(0, sample)
}

async function repair(
  engine: OfflineEngine,
  store: OnlineStore,
  {
    closure,
    options,
    differing,
  }: {
    readonly closure: ViewClosure
    readonly options: VerifyOptions
    readonly differing: readonly { readonly encoded: Buffer }[]
  },
): Promise<number> {
  if (differing.length === 0) return 0
  const keys = differing.map(({ encoded }) => encoded)
  await repairKeys(
    engine,
    store,
    { closure, view: options.view, keys },
    {
      now: options.at,
      projectFolder: options.projectFolder,
      onProgress: () => undefined,
      signal: options.signal ?? new AbortController().signal,
    },
  )
  return keys.length
}
