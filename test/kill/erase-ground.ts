import { mkdirSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import { lastRow } from '../../src/adapters/engines/duckdb/last-row.ts'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { openFilesystemObjects } from '../../src/adapters/objects/filesystem/index.ts'
import { openLmdbStore } from '../../src/adapters/online/lmdb/index.ts'
import type { EntityData, SourceData, TrainingSetData } from '../../src/definitions/model.ts'
import {
  buildTrainingSet,
  createFeatureService,
  erasedKeys,
  exportPushed,
  featureCatalog,
  materialize,
  type OnlineView,
  prepareFeatures,
  readSuppressionList,
  writeFeatureCatalog,
} from '../../src/features/index.ts'
import type { Value } from '../../src/kernel/values/index.ts'
import { ingestFeedback } from '../../src/monitoring/index.ts'
import { listedPeople } from '../../src/platform/erased-decisions.ts'
import { openErasures } from '../../src/platform/erasures.ts'
import {
  decisionsFolder,
  erasedKeysFile,
  featureCatalogFile,
  foldersOf,
  journalFolder,
  makeFolders,
} from '../../src/platform/folders.ts'
import { guardOf, projectPepper } from '../../src/platform/project-keys.ts'
import { decisionShipping } from '../../src/platform/shipping.ts'
import { checksRef, embeddedProviders } from '../../src/projects/index.ts'
import { createRegistryService, type Release } from '../../src/registry/index.ts'
import { createFeedbackLog } from '../../src/serving/feedback/feedback-log.ts'
import { encodeFeedback } from '../../src/serving/feedback/frames.ts'
import {
  createLogWriter,
  type FeedbackItem,
  feedbackSegments,
  type ReleaseNote,
} from '../../src/serving/index.ts'
import { decidedRequest } from '../../src/serving/testing/decided-fixture.ts'

/** 2026-03-01T12:00:00Z */
export const noon = 1_772_366_400_000_000n
const minute = 60_000_000n
/** Bytes that stand nowhere else. */
export const person = 'person-5f0e2d7c91b84a36'
const clock = { nowMicros: () => noon }

export const customer: EntityData = {
  kind: 'entity',
  name: 'customer',
  key: [{ name: 'customer', type: 'string' }],
}

const pushed = (name: string, columns: SourceData['columns']): SourceData => ({
  kind: 'source',
  name,
  from: { kind: 'push' },
  columns: [
    { name: 'id', type: 'string' },
    { name: 'customer', type: 'string' },
    ...columns,
    { name: 'at', type: 'timestamp' },
  ],
  eventTime: 'at',
  eventId: 'id',
  knownAt: { kind: 'event' },
})

const orders = pushed('orders', [{ name: 'note', type: 'string' }])
const visits = pushed('visits', [
  { name: 'remark', type: 'string' },
  { name: 'bought', type: 'bool' },
])
const accounts: SourceData = {
  ...orders,
  name: 'accounts',
  from: { kind: 'postgres', url: 'CRM_URL', table: 'crm.accounts' },
}

const view = (name: string, source: string, features: OnlineView['features']): OnlineView => ({
  kind: 'featureView',
  name,
  entity: 'customer',
  source,
  keys: ['customer'],
  at: 'at',
  knownTime: 'cutoff',
  features,
  version: 1,
  semanticHash: `sha256:${name}`,
})

export const views = [
  view('last_order', 'orders', [{ kind: 'lookup', name: 'note', column: 'note', type: 'string' }]),
  view('orders_week', 'orders', [
    { kind: 'window', name: 'orders', op: 'count', window: '7d', hop: '5m', type: 'int64' },
    {
      kind: 'window',
      name: 'first_note',
      op: 'first',
      column: 'note',
      window: '7d',
      hop: '5m',
      type: 'string',
    },
  ]),
  view('account', 'accounts', [{ kind: 'lookup', name: 'note', column: 'note', type: 'string' }]),
]

const lookup = (name: string, features: readonly string[]) => ({
  view: name,
  as: name,
  keys: ['customer'],
  features,
})

const trainingSet: TrainingSetData = {
  kind: 'trainingSet',
  name: 'buyers',
  spine: { source: 'visits', time: 'at' },
  columns: ['id', 'customer', 'remark'],
  request: [],
  lookups: [lookup('last_order', ['note']), lookup('orders_week', ['orders', 'first_note'])],
  onDemand: [],
  fullNames: true,
  label: { kind: 'column', name: 'bought_it', known: 'as-of', column: 'bought', op: 'eq', value: true },
  labelMaturity: '1us',
  keepUnlabelled: true,
  embargo: false,
  splits: [],
}

/** One Fettle over a folder: what the front, a step and the control plane open. */
export async function openGround(folder: string, cross: () => void = () => undefined) {
  const folders = foldersOf(folder)
  makeFolders(folders)
  const guard = guardOf({ pepper: projectPepper(folders.root) })
  const database = await openMetadata({ kind: 'sqlite', path: folders.metadata })
  await database.migrate()
  const objects = await openFilesystemObjects(folders.objects)
  /** Calls back before and after each change of the database and the objects. */
  const around = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    cross()
    const result = await work()
    cross()
    return result
  }
  await writeFeatureCatalog(
    featureCatalogFile(folders.serving),
    featureCatalog({
      entities: [customer],
      sources: [orders, visits, accounts],
      views,
      onDemand: [],
      services: {},
      keyed: [{ source: 'visits', entity: 'customer', columns: ['customer'] }],
    }),
  )
  const store = openLmdbStore({ folder: folders.online })
  const listFile = erasedKeysFile(folders.serving)
  const faults: unknown[] = []
  const engine = createDuckDBEngine({ temporaryFolder: folders.work })
  const service = await createFeatureService({
    store,
    prepareFeatures: features => prepareFeatures(store, features, { guard }),
    catalogFile: featureCatalogFile(folders.serving),
    journalFolder: journalFolder(folders.serving),
    erasures: { guard, listFile },
    clock,
    report: line => faults.push(line),
  })
  const shipping = decisionShipping({
    ...{ database, clock, engine: async () => engine, pauseMs: 0 },
    logFolder: join(folders.serving, 'log'),
    folder: decisionsFolder(folders.root),
    erased: listedPeople(folders, database).decisions,
    onFault: error => faults.push(error),
  })
  const erasures = openErasures({
    shipping: { erase: isErased => around(() => shipping.erase(isErased)) },
    folders,
    project: { project: 'shop', providers: embeddedProviders },
    database: { ...database, transaction: work => around(() => database.transaction(work)) },
    objects: {
      ...objects,
      putFile: path => around(() => objects.putFile(path)),
      remove: hash => around(() => objects.remove(hash)),
    },
    registry: createRegistryService({ uow: database, clock }),
    clock,
    onFault: error => faults.push(error),
  })
  return {
    shipping,
    clock,
    folders,
    database,
    objects,
    store,
    service,
    erasures,
    engine,
    guard,
    listFile,
    faults,
    async close() {
      await erasures.close()
      await service.close()
      await engine.close()
      await store.close()
      await database.close()
    },
  }
}

export type Ground = Awaited<ReturnType<typeof openGround>>

export async function push(
  ground: Ground,
  source: string,
  rows: readonly (readonly Value[])[],
  to?: 'offline',
) {
  return ground.service.write({ source, rows, now: noon, ...(to ? { to } : {}) })
}

/** Rows of `people` in every place: journals, both kinds of views, a training set, quarantine, a report of checks. */
export async function fillGround(ground: Ground, people: readonly string[]): Promise<void> {
  const at = (index: number): bigint => noon - BigInt(people.length - index) * minute
  await push(
    ground,
    'orders',
    people.map((each, index) => [`o-${each}`, each, `note of ${each}`, at(index)]),
  )
  await push(
    ground,
    'visits',
    people.map((each, index) => [`v-${each}`, each, `remark of ${each}`, index % 2 === 0, at(index)]),
  )
  await load(ground)
  await build(ground)
  await quarantine(ground, people)
  await decide(ground, people)
}

/** Decisions, half of them in a file and half in a sealed segment, and feedback on each. */
async function decide(ground: Ground, people: readonly string[]): Promise<void> {
  const { database, folders, shipping } = ground
  const release = {
    ...{ deployment: 'shop', number: 1, digest: 'sha256:shop' },
    model: { name: 'shop', version: 1 },
    features: { request, lookups: [{ ...lookup('last_order', ['note']) }], views },
  } as unknown as Release
  const by = { by: 'local', reason: 'r' }
  await database.transaction(async ({ deployments }) => {
    await deployments.insertRelease({ release, createdAt: noon, ...by })
    await deployments.insertServing({ deployment: 'shop', number: 1, at: noon, ...by })
  })
  for (const part of [1, 2]) {
    const log = createLogWriter({ folder: join(folders.serving, 'log') })
    const decided = decidedRequest(part, people.length, note)
    const rows = people.map((customer, row) => ({
      ...{
        row,
        entity: { customer, remark: `remark of ${customer}` },
        bucket: null,
        armReason: 'only' as const,
      },
      ...{ vector: Float64Array.of(part, row), states: Uint8Array.of(0, 4), eventTimes: [noon] },
      ...{ score: 0.25 * row, segmentAt: -1, acted: null },
    }))
    await log.append({ ...decided, requestId: `${part}`, rows }, 'written')
    await log.close()
    if (part === 1) await shipping.round()
    await comment(ground, { base: decided.base, people })
  }
}

const request = [
  { name: 'customer', type: 'string', role: 'key' },
  { name: 'remark', type: 'string', role: 'request' },
] as const

const note: ReleaseNote = {
  ...{ deployment: 'shop', release: 1, digest: 'sha256:shop', model: 'shop', modelVersion: 1 },
  scorer: { kind: 'linear', build: 'b' },
  ...{ request, vector: ['note', 'remark'], lookups: ['last_order'], action: null },
}

/** Somebody says of each decision, by its id and by the key, what became of it; half of it is in the label table. */
async function comment(
  { database, folders, clock }: Ground,
  { base, people }: { readonly base: string; readonly people: readonly string[] },
): Promise<void> {
  const log = createFeedbackLog({ folder: join(folders.serving, 'feedback') })
  const items = people.flatMap((each, row): FeedbackItem[] => {
    const item = {
      ...{
        kind: 'bought',
        value: 1,
        eventTime: Number(noon),
        knownTime: Number(noon),
        source: 'crm',
        rank: 0,
      },
      ...{ actorClass: 'reviewer' as const, actor: `agent of ${each}`, note: `${each} called` },
    }
    return [
      { ...item, id: `${base}-${row} by id`, target: { predictionId: `${base}-${row}` } },
      { ...item, id: `${base}-${row} by key`, target: { entityKey: JSON.stringify([each]) } },
    ]
  })
  const kinds = { bought: { is: 'label', within: '1h' } } as const
  const frame = { deployment: 'shop', release: 1, receivedAt: Number(noon), kinds, items }
  await log.append([encodeFeedback(frame)], 'synced')
  await log.close()
  const segments = feedbackSegments(folders.serving)
  await ingestFeedback({
    ...{ uow: database, segments, onDamage: () => undefined },
    erased: async () => () => false,
    nowMillis: () => Number(clock.nowMicros() / 1000n),
  })
}

export async function load(ground: Ground): Promise<void> {
  const { engine, store, folders, guard } = ground
  const closure = { entities: [customer], sources: [orders], views: views.slice(0, 2) }
  const read = await exported(ground, closure)
  await materialize(engine, store, read.closure, {
    now: noon,
    guard,
    projectFolder: folders.project,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  })
}

async function exported<Closure extends { readonly sources: readonly SourceData[] }>(
  { engine, folders }: Ground,
  closure: Closure,
) {
  const folder = join(folders.project, 'exported')
  mkdirSync(folder, { recursive: true })
  return exportPushed({
    engine,
    journalFolder: journalFolder(folders.serving),
    closure,
    folder,
    projectFolder: folders.project,
  })
}

/** Builds the training set as the step does; says what its manifest says. */
export async function build(ground: Ground, now = noon) {
  const { engine, folders, guard, listFile, objects, database } = ground
  const closure = {
    trainingSet,
    entities: [customer],
    sources: [visits, orders],
    views: views.slice(0, 2),
    onDemand: [],
  }
  const outputFolder = join(folders.project, 'set')
  const manifest = await buildTrainingSet(engine, closure, {
    asOf: now,
    now,
    projectFolder: folders.project,
    outputFolder,
    pushed: await exported(ground, closure),
    erased: erasedKeys(await readSuppressionList(listFile), guard),
    allowOneClass: true,
    onProgress: () => undefined,
    signal: new AbortController().signal,
  })
  const file = join(outputFolder, 'part-0.parquet')
  await objects.putFile(file)
  const example = (await lastRow(file, ['customer'])) ?? {}
  await database.transaction(async ({ definitions }) => {
    await definitions.insertVersion({
      ref: 'trainingSet:buyers',
      version: 1,
      kind: 'trainingSet',
      name: 'buyers',
      semanticHash: 'sha256:s',
      descriptiveHash: 'sha256:d',
      definition: trainingSet,
      appliedAt: noon,
      by: 'local',
      location: null,
    })
    await definitions.insertBuild({
      ref: 'trainingSet:buyers',
      version: 1,
      id: manifest.id,
      report: { ...manifest, example } as never,
      pipelineRun: null,
      at: noon,
    })
  })
  return manifest
}

async function quarantine({ engine, folders, database }: Ground, people: readonly string[]): Promise<void> {
  const folder = join(folders.root, 'quarantine', 'orders', 'one')
  mkdirSync(folder, { recursive: true })
  const session = await engine.open({ projectFolder: folders.project })
  const rows = people.map(each => `('q-${each}', '${each}', 'bad ${each}', TIMESTAMP '2026-03-01', 'why')`)
  await session.writeParquet(
    `SELECT * FROM (VALUES ${rows.join(', ')}) AS t(id, customer, note, "at", __reason)`,
    join(folder, 'rows.parquet'),
  )
  await session.close()
  const samples = { columns: ['id', 'customer'], rows: people.map(each => [`"s-${each}"`, `"${each}"`]) }
  await database.transaction(({ definitions }) =>
    definitions.insertBuild({
      ref: checksRef('source:orders'),
      version: 1,
      id: 'one',
      report: { results: [{ name: 'c', samples }] },
      pipelineRun: null,
      at: noon,
    }),
  )
}

/** Files below a folder that hold these bytes, by path relative to it. Parquet files are searched by their values. */
export async function filesWith({ engine, folders }: Ground, text: string): Promise<readonly string[]> {
  const found: string[] = []
  for (const each of readdirSync(folders.root, { recursive: true, withFileTypes: true })) {
    const path = join(each.parentPath, each.name)
    if (!each.isFile()) continue
    const bytes = readFileSync(path)
    const parquet = bytes.toString('latin1', 0, 4) === 'PAR1'
    if (bytes.includes(text) || (parquet && (await valuesHold(engine, path, text))))
      found.push(path.slice(folders.root.length + 1))
  }
  return found
}

async function valuesHold(engine: Ground['engine'], path: string, text: string): Promise<boolean> {
  const session = await engine.open({ projectFolder: dirname(path) })
  try {
    const [[count] = []] = await session.rows(
      `SELECT count(*) FROM read_parquet('${path}') t WHERE contains(CAST(t AS VARCHAR), '${text}')`,
      [{ name: 'n', type: 'int64' }],
    )
    return count !== 0n
  } finally {
    await session.close()
  }
}

export async function served({ service }: Ground, person: string) {
  return service.read({
    features: ['last_order:note', 'orders_week:orders', 'orders_week:first_note'],
    entities: { customer: [person] },
    decode: value => value as string,
    asOf: noon,
  })
}

/** Waits for the end of an erasure; throws what keeps it from ending. */
export async function done({ erasures, faults }: Ground, id: string) {
  for (let tries = 0; tries < 300; tries++) {
    const found = await erasures.get(id)
    if (found.state === 'done' && found.receipt) return found.receipt
    if (found.problem) throw new Error(`${found.problem} ${faults.join(' ')}`)
    await new Promise(resolve => setTimeout(resolve, 50))
  }
  throw new Error(`the erasure does not end ${faults.join(' ')}`)
}
