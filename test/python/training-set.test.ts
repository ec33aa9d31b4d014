import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { encodeArrow } from '../../src/adapters/arrow/index.ts'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import { duckdbStoredRows } from '../../src/adapters/engines/duckdb/stored-rows.ts'
import { openFilesystemObjects } from '../../src/adapters/objects/filesystem/index.ts'
import { csv, ge, int64, source, string, timestamp, trainingSet } from '../../src/definitions/index.ts'
import { buildOrReuse, createTrainingSetsService, type TrainingSetRecord } from '../../src/features/index.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { parseTimestamp } from '../../src/kernel/time.ts'
import { createServer } from '../../src/server/create-server.ts'
import { createHandlers } from '../../src/server/handlers/index.ts'
import { pipelineEvents } from '../../src/server/handlers/pipelines.ts'
import { fakeServices } from '../support/fake-services.ts'
import { dataPython, runPython } from '../support/python-client.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-sets-'))
const cache = join(folder, 'cache')
const count = 96
const lines = Array.from({ length: count }, (_, hour) => {
  const at = new Date(Date.UTC(2024, 0, 1, hour)).toISOString()
  return `${hour},s${hour % 3},${(hour * 37) % 100},${at}`
})
const sales = source('sales', {
  from: csv('sales.csv'),
  columns: { id: int64(), shop: string(), amount: int64(), sold_at: timestamp() },
  eventTime: 'sold_at',
  knownAt: 'event',
})
const large = trainingSet('large', {
  spine: sales,
  columns: s => [s.id, s.shop],
  lookups: () => [],
  label: { name: 'is_large', when: s => ge(s.amount, 50) },
  labelMaturity: '1d',
  split: { train: ['2024-01-01', '2024-01-03'], test: ['2024-01-03', '2024-01-05'] },
})

let app: FastifyInstance
let url: string
let record: TrainingSetRecord
beforeAll(async () => {
  writeFileSync(join(folder, 'sales.csv'), `id,shop,amount,sold_at\n${lines.join('\n')}\n`)
  await mkdir(join(folder, 'objects'))
  const objects = await openFilesystemObjects(join(folder, 'objects'))
  const engine = createDuckDBEngine({ temporaryFolder: folder })
  const closure = { trainingSet: large, entities: [], sources: [sales], views: [], onDemand: [] }
  const { manifest } = await buildOrReuse(engine, JSON.parse(JSON.stringify(closure)), {
    asOf: parseTimestamp('2024-01-31T00:00:00Z') ?? 0n,
    projectFolder: folder,
    outputFolder: join(folder, 'out'),
    objects,
    find: async () => undefined,
    rebuild: false,
    onProgress: () => {},
    signal: new AbortController().signal,
    now: 1_000_000n,
  })
  await objects.putFile(join(folder, 'out', 'part-0.parquet'))
  const facts = { number: 3, definitionVersion: 1, pipelineRun: null, author: null, at: 1n }
  record = { id: manifest.id, name: manifest.name, manifest, ...facts }
  const trainingSets = createTrainingSetsService({
    records: {
      find: async () => record,
      list: async (name = 'large') => (name === 'large' ? [{ ...record, number: 4 }, record] : []),
    },
    objects,
    rows: async () => duckdbStoredRows(engine),
    encodeArrow,
    scratchFolder: folder,
  })
  const services = { ...fakeServices(), trainingSets, objects }
  app = createServer({
    handlers: createHandlers({ services, clock: systemClock, health: () => Promise.reject() as never }),
    events: pipelineEvents(services.pipelines),
    ...{ token: 't', version: '0', logger: { error: () => {} }, validateResponses: true },
  })
  url = await app.listen({ host: '127.0.0.1', port: 0 })
})
afterAll(async () => {
  await app.close()
  rmSync(folder, { recursive: true, force: true })
})

const python = async (script: string) => {
  const { code, out, err } = await runPython(script, {
    ...{ url, spool: join(folder, 'spool'), environment: { FETTLE_CACHE: cache } },
    python: dataPython,
  })
  expect([code, err]).toEqual([0, ''])
  return out.trim()
}

describe('fettle.training_set', () => {
  it('is a table of pyarrow, pandas and polars, equal to what the server reads', async () => {
    const out = await python(`
import fettle, io, urllib.request, pyarrow.ipc
set = fettle.training_set('large@v3')
print(set)
arrow = set.to_arrow()
sent = pyarrow.ipc.open_stream(urllib.request.urlopen('${url}/api/v1/training-sets/large@v3/rows?format=arrow').read()).read_all()
print(arrow.column_names == sent.column_names, arrow.to_pylist() == sent.to_pylist(), arrow.num_rows)
pandas, polars = set.to_pandas(), set.to_polars()
print(str(polars['sold_at'].dtype), str(pandas['sold_at'].dtype))
print(list(pandas['id']) == list(polars['id']) == arrow['id'].to_pylist())
part = set.to_pandas(columns=['shop'], split='train')
print(list(part.columns), len(part) == len(set.to_polars(split='train')) == set.manifest['splits']['train'])
for wrong in (lambda: set.to_arrow(columns=['x']), lambda: set.to_arrow(split='x')):
    try: wrong()
    except KeyError as error: print(error)
`)
    const [shown, equal, times, same, part, column, split] = out.split('\n')
    expect(shown).toContain('large@v3')
    expect(equal).toBe(`True True ${record.manifest.rows}`)
    expect(times).toMatch(/UTC.*UTC/)
    expect(same).toBe('True')
    expect(part).toBe("['shop'] True")
    expect(column).toContain("no column 'x'")
    expect(split).toContain("no split 'x'; it has train, test")
  })

  it('is fetched once, and an altered copy is not used', async () => {
    const [file = ''] = readdirSync(join(cache, 'training-sets'))
    writeFileSync(join(cache, 'training-sets', file), 'altered')
    expect(await python("import fettle; print(fettle.training_set('large@v3').to_arrow().num_rows)")).toBe(
      String(record.manifest.rows),
    )
  })

  it('is refused when it is not there', async () => {
    const out = await python(`
import fettle
for wrong in ('small', 'large@v9'):
    try: fettle.training_set(wrong)
    except fettle.FettleError as error: print(error)
`)
    expect(out).toMatch(/TRAINING_SET_UNKNOWN.*"small"[\s\S]*TRAINING_SET_UNKNOWN.*v4/)
  })
})
