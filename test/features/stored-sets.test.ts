import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { chmod, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { tableFromIPC } from 'apache-arrow'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeArrow } from '../../src/adapters/arrow/index.ts'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import { duckdbStoredRows } from '../../src/adapters/engines/duckdb/stored-rows.ts'
import { openFilesystemObjects } from '../../src/adapters/objects/filesystem/index.ts'
import {
  count,
  csv,
  entity,
  featureView,
  ge,
  int64,
  lookup,
  source,
  string,
  sum,
  type TrainingSetData,
  timestamp,
  trainingSet,
  without,
} from '../../src/definitions/index.ts'
import {
  buildOrReuse,
  createTrainingSetsService,
  type TrainingSetClosure,
  type TrainingSetManifest,
  type TrainingSetRecord,
} from '../../src/features/index.ts'
import { parseTimestamp } from '../../src/kernel/time.ts'

const folder = mkdtempSync(join(tmpdir(), 'stored-sets-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const shop = entity('shop', { key: { shop: string() } })
const sales = source('sales', {
  from: csv('sales.csv'),
  columns: { id: int64(), shop: string(), amount: int64(), sold_at: timestamp() },
  eventTime: 'sold_at',
  knownAt: 'event',
})
const recent = featureView('recent', {
  entity: shop,
  source: sales,
  features: s => ({ sales_1d: count().over('1d'), amount_1d: sum(s.amount).over('1d') }),
})
const byHour = featureView('by_hour', {
  entity: shop,
  source: sales,
  features: s => ({ amount_6h: sum(s.amount).over('6h') }),
})
const large = trainingSet('large', {
  spine: sales,
  columns: s => [s.id, s.shop],
  lookups: s => [lookup(recent, { shop: s.shop }), lookup(byHour, { shop: s.shop })],
  label: { name: 'is_large', when: s => ge(s.amount, 50) },
  labelMaturity: '1d',
  split: { train: ['2024-01-01', '2024-01-03'], test: ['2024-01-03', '2024-01-05'] },
})

const rows = Array.from({ length: 96 }, (_, hour) => {
  const at = new Date(Date.UTC(2024, 0, 1, hour)).toISOString()
  return `${hour},s${hour % 3},${(hour * 37) % 100},${at}`
})

const engine = createDuckDBEngine({ temporaryFolder: folder })
const built: TrainingSetRecord[] = []
const find = async (id: string) => built.find(each => each.id === id)

function closureOf(set: TrainingSetData): TrainingSetClosure {
  const plain = <Data>(data: Data): Data => JSON.parse(JSON.stringify(data)) as Data
  return plain({
    trainingSet: set,
    entities: [shop],
    sources: [sales],
    views: [recent, byHour].map(view => ({ ...view, version: 1 })),
    onDemand: [],
  })
}

let attempts = 0
async function build(set: TrainingSetData, changes: { rebuild?: boolean; asOf?: string } = {}) {
  const outputFolder = join(folder, `out-${attempts++}`)
  const objects = await openFilesystemObjects(join(folder, 'objects'))
  const result = await buildOrReuse(engine, closureOf(set), {
    asOf: parseTimestamp(changes.asOf ?? '2024-01-31T00:00:00Z') ?? 0n,
    projectFolder: folder,
    outputFolder,
    objects,
    find: async id => (await find(id))?.manifest,
    rebuild: changes.rebuild === true,
    onProgress: () => {},
    signal: new AbortController().signal,
    now: BigInt(attempts) * 1_000_000n,
  })
  return { ...result, outputFolder }
}

/** What a step does once its body is done: files into the object store, the manifest into the metadata. */
async function keep(manifest: TrainingSetManifest, outputFolder: string): Promise<void> {
  const objects = await openFilesystemObjects(join(folder, 'objects'))
  await objects.putFile(join(outputFolder, 'part-0.parquet'))
  const number = built.filter(each => each.name === manifest.name).length + 1
  const facts = { definitionVersion: 1, pipelineRun: null, author: null, at: BigInt(attempts) }
  built.unshift({ id: manifest.id, name: manifest.name, number, manifest, ...facts })
}

const service = async () =>
  createTrainingSetsService({
    records: { find, list: async name => built.filter(each => name === undefined || each.name === name) },
    objects: await openFilesystemObjects(join(folder, 'objects')),
    rows: async () => duckdbStoredRows(engine),
    encodeArrow,
    scratchFolder: folder,
  })
const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes)

beforeAll(async () => {
  writeFileSync(join(folder, 'sales.csv'), `id,shop,amount,sold_at\n${rows.join('\n')}\n`)
  await mkdir(join(folder, 'objects'), { recursive: true })
  const { manifest, outputFolder } = await build(large)
  await keep(manifest, outputFolder)
})

describe('a stored training set', () => {
  it('is taken as it is when an equal one is asked for', async () => {
    const again = await build(large)
    expect(again.reused).toBe(true)
    expect(again.manifest).toEqual(built[0]?.manifest)
    const stored = JSON.parse(readFileSync(join(again.outputFolder, 'manifest.json'), 'utf8'))
    expect(stored.checksum).toBe(again.manifest.checksum)
    expect((await build(large, { asOf: '2024-01-30T00:00:00Z' })).reused).toBe(false)
  })

  it('comes out equal when it is rebuilt, and is refused when it does not', async () => {
    const rebuilt = await build(large, { rebuild: true })
    expect(rebuilt).toMatchObject({ reused: false, manifest: { checksum: built[0]?.manifest.checksum } })
    const [record] = built
    if (!record) throw new Error('nothing was built')
    built[0] = { ...record, manifest: { ...record.manifest, checksum: 'sha256:other' } }
    await expect(build(large, { rebuild: true })).rejects.toMatchObject({
      code: 'NOT_REPRODUCIBLE',
      message: expect.stringContaining('sha256:other'),
    })
    built[0] = record
  })

  it('is read by id, version and name: columns, split and row range, in every format', async () => {
    const sets = await service()
    const first = { columns: ['id', 'shop', 'sales_1d'], split: 'test', from: 0, to: 2 }
    const lines = text(await sets.read('large', { format: 'jsonl', ...first }))
    expect(lines).toBe('{"id":48,"shop":"s0","sales_1d":8}\n{"id":49,"shop":"s1","sales_1d":8}\n')
    expect(text(await sets.read('large@v1', { format: 'csv', ...first }))).toBe(
      'id,shop,sales_1d\n48,"s0",8\n49,"s1",8\n',
    )
    const id = built[0]?.id ?? ''
    const table = tableFromIPC(await sets.read(id, { format: 'arrow', ...first }))
    expect(table.toArray().map(row => row.toJSON())).toEqual([
      { id: 48n, shop: 's0', sales_1d: 8n },
      { id: 49n, shop: 's1', sales_1d: 8n },
    ])
    const parquet = await sets.read(id, { format: 'parquet', columns: ['id'] })
    expect(text(parquet.subarray(0, 4))).toBe('PAR1')
    const whole = text(await sets.read('large', { format: 'jsonl' }))
    const pieces = await Promise.all(
      [0, 50].map(from => sets.read('large', { format: 'jsonl', from, ...(from === 0 ? { to: 50 } : {}) })),
    )
    expect(pieces.map(text).join('')).toBe(whole)
  })

  it('says what there is when a set, version, column or split is not there', async () => {
    const sets = await service()
    const reading = (reference: string, more: object = {}) =>
      sets.read(reference, { format: 'jsonl', ...more })
    await expect(reading('larg')).rejects.toMatchObject({
      code: 'TRAINING_SET_UNKNOWN',
      hint: 'Did you mean large?',
    })
    await expect(reading('large@v7')).rejects.toMatchObject({
      code: 'TRAINING_SET_UNKNOWN',
      hint: 'It has v1.',
    })
    await expect(reading('large', { columns: ['x'] })).rejects.toMatchObject({ code: 'COLUMN_UNKNOWN' })
    await expect(reading('large', { split: 'x' })).rejects.toMatchObject({
      code: 'BAD_PARAMETER',
      hint: 'It has: train, test.',
    })
    await expect(reading('large', { from: 5, to: 4 })).rejects.toMatchObject({ code: 'BAD_PARAMETER' })
  })

  it('is compared with the same set without a feature on the same rows', async () => {
    const { manifest, outputFolder } = await build(without(large, ['amount_1d', 'by_hour'], 'large_less'))
    await keep(manifest, outputFolder)
    const sets = await service()
    const [full, less] = await Promise.all(
      ['large', 'large_less'].map(name => sets.verify(name, { byColumn: true })),
    )
    if (!full || !less) throw new Error('both are there')
    expect(Object.keys(full.columns).filter(name => !Object.hasOwn(less.columns, name))).toEqual([
      'amount_1d',
      'amount_6h',
    ])
    for (const [name, checksum] of Object.entries(less.columns)) expect(full.columns[name]).toBe(checksum)
  })

  it('is verified, and found out when its bytes change', async () => {
    const sets = await service()
    expect(await sets.verify('large')).toMatchObject({
      ok: true,
      differences: [],
      checksum: built.find(each => each.name === 'large')?.manifest.checksum,
    })
    const [file] = built.find(each => each.name === 'large')?.manifest.files ?? []
    const path = join(folder, 'objects', 'sha256', file?.sha256.slice(0, 2) ?? '', file?.sha256 ?? '')
    await chmod(path, 0o644)
    const other = await build(large, { asOf: '2024-01-04T00:00:00Z' })
    writeFileSync(path, readFileSync(join(other.outputFolder, 'part-0.parquet')))
    const found = await sets.verify('large')
    expect(found.ok).toBe(false)
    expect(found.differences.join('\n')).toMatch(/the hash of part-0[\s\S]*the content checksum/)
    rmSync(path)
    await expect(sets.verify('large')).rejects.toMatchObject({
      code: 'OBJECT_UNKNOWN',
      hint: expect.stringContaining('--as-of 2024-01-31'),
    })
  })
})
