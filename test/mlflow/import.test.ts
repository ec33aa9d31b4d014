import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type MlflowSource,
  openFolderSource,
  openRestSource,
  openSqlSource,
  type SourceModel,
} from '../../src/adapters/mlflow-import/index.ts'
import { openSqliteReader } from '../../src/platform/sql-readers.ts'
import { fettle } from '../e2e/dev-server.ts'
import { type MlflowLine, runMlflow, startMlflow } from '../services/mlflow.ts'
import { dumpStore, type StoreDump } from './dump-store.ts'
import { type FettleServer, startFettle } from './fettle-server.ts'

interface Imported {
  readonly plan: { readonly runs: number; readonly conflicts: readonly string[] }
  readonly report: Readonly<Record<string, unknown>> & { readonly refused: readonly string[] }
}

let folder: string
const stores = { sqlite: '', artifacts: '', folder: '' }
let viaRest: StoreDump

/** Fills a store with make_store.py; the packages are those of the line. */
async function makeStore(line: MlflowLine, uri: string): Promise<void> {
  const { code, err } = await runMlflow(line, [join(import.meta.dirname, 'make_store.py')], {
    MLFLOW_TRACKING_URI: uri,
  })
  expect(code, err).toBe(0)
}

/** What is read, with the source closed again. */
async function dumped(opened: Promise<MlflowSource>): Promise<StoreDump> {
  const source = await opened
  try {
    return await dumpStore(source)
  } finally {
    await source.close()
  }
}

const sqlSource = async (path: string, artifacts: string) =>
  openSqlSource(await openSqliteReader(path), { label: path, artifacts })
/** The first line: progress, on standard error, comes after it. */
const printed = (output: string) => JSON.parse(output.split('\n')[0] ?? '') as Imported
const importInto = async ({ folder }: FettleServer, ...words: readonly string[]) =>
  printed(await fettle(folder, 'import', 'mlflow', ...words, '--yes', '--json'))

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fettle-import-'))
  const server = await startMlflow(folder)
  try {
    await makeStore('mlflow3', server.url)
    viaRest = await dumped(openRestSource({ url: server.url }))
    Object.assign(stores, { sqlite: join(folder, 'mlflow.db'), artifacts: server.artifacts })
  } finally {
    await server.stop()
  }
  stores.folder = join(folder, 'mlruns')
  await makeStore('mlflow2', `file://${stores.folder}`)
}, 300_000)

afterAll(() => rm(folder, { recursive: true, force: true }))

describe('reading a store of MLflow', () => {
  it('says the same of its database as its server does', async () => {
    expect(await dumped(sqlSource(stores.sqlite, stores.artifacts))).toEqual(viaRest)
    expect(Object.keys(viaRest.runs)).toHaveLength(9)
    expect(Object.keys(viaRest.loggedModels)).toHaveLength(2)
    expect(Object.keys(viaRest.models).sort()).toEqual([
      'from logged',
      'greeting',
      'late rides',
      'no versions',
    ])
  })
})

describe('importing the database of an MLflow server', () => {
  let here: FettleServer
  let first: Imported

  beforeAll(async () => {
    here = await startFettle()
    first = await importInto(here, `sqlite:///${stores.sqlite}`, '--artifacts', stores.artifacts, '--verify')
  }, 300_000)
  afterAll(() => here?.remove())

  it('brings everything, with ids, times, points, numbers and bytes', async () => {
    expect(first.report.refused).toEqual([])
    expect(first.plan.conflicts).toEqual([])
    expect(first).toMatchObject({ verified: { runs: 7, running: 2, models: 4, differences: [] } })
    expect(first.report).toMatchObject({ runs: 9, loggedModels: 2, models: 4, mapped: [], unread: {} })
    expect(await dumped(openRestSource({ url: here.url }))).toEqual(viaRest)
  })

  it('changes nothing the second time', async () => {
    const { report } = await importInto(here, `sqlite:///${stores.sqlite}`, '--artifacts', stores.artifacts)
    // Two runs still run, and are read again.
    expect(report).toMatchObject({ runs: 2, loggedModels: 0, models: 0, files: 0, refused: [] })
    expect(await dumped(openRestSource({ url: here.url }))).toEqual(viaRest)
  })

  it('goes back as a folder that MLflow reads', async () => {
    const back = join(folder, 'exported')
    await fettle(here.folder, 'export', 'mlflow', back)
    expect(await dumped(openFolderSource(back))).toEqual(viaRest)
    expect(await told(`file://${back}`)).toEqual(await told(here.url))
    await expect(fettle(here.folder, 'export', 'mlflow', back)).rejects.toThrow('is not empty')
  }, 120_000)

  it('goes on from here by the same API', async () => {
    const next = await startFettle()
    try {
      const { report } = await importInto(next, here.url)
      expect(report).toMatchObject({ runs: 9, loggedModels: 2, models: 4, refused: [] })
      expect(await dumped(openRestSource({ url: next.url }))).toEqual(viaRest)
    } finally {
      await next.remove()
    }
  }, 120_000)

  it('goes back into a server by its API, and then only what changed', async () => {
    const next = await startFettle()
    const send = async () =>
      JSON.parse((await fettle(here.folder, 'export', 'mlflow', next.url, '--json')).split('\n')[0] ?? '')
    try {
      expect(await send()).toMatchObject({ runs: 9, loggedModels: 2, models: 4, left: [] })
      const [there, back] = [viaRest, await dumped(openRestSource({ url: next.url }))]
      const numbers = ({ models }: StoreDump) =>
        Object.entries(models as Record<string, SourceModel>).map(([name, { versions, aliases }]) => ({
          ...{ name, aliases },
          versions: versions.map(({ version, stage, tags }) => ({ version, stage, tags })),
        }))
      expect(numbers(back)).toEqual(numbers(there))
      expect(facts(back)).toEqual(facts(there))
      expect(await send()).toMatchObject({ runs: 0, loggedModels: 0, unchanged: 11, left: [] })
    } finally {
      await next.remove()
    }
  }, 120_000)

  it('changes nothing when what was copied is forgotten', async () => {
    await rm(join(here.folder, '.fettle', 'imports'), { recursive: true })
    const { report } = await importInto(here, `sqlite:///${stores.sqlite}`, '--artifacts', stores.artifacts)
    expect(report).toMatchObject({ runs: 9, refused: [] })
    expect(await dumped(openRestSource({ url: here.url }))).toEqual(viaRest)
  })
})

describe('importing an mlruns folder', () => {
  let here: FettleServer
  beforeAll(async () => {
    here = await startFettle()
  }, 120_000)
  afterAll(() => here?.remove())

  it('brings everything; its long experiment ids get new ones', async () => {
    const there = await dumped(openFolderSource(stores.folder))
    const { report } = await importInto(here, stores.folder)
    expect(report.refused).toEqual([])
    expect(report).toMatchObject({ runs: Object.keys(there.runs).length })
    expect((report['mapped'] as unknown[]).length).toBe(3)
    expect(await dumped(openRestSource({ url: here.url }))).toEqual(there)
  })

  it('is begun again where it was cut', async () => {
    const [journal] = await journals(here)
    const text = await readFile(journal ?? '', 'utf8')
    await writeFile(journal ?? '', text.slice(0, text.length / 2))
    const { report } = await importInto(here, stores.folder)
    expect(report.refused).toEqual([])
    expect(Number(report['unchanged'])).toBeGreaterThan(0)
  })

  it('shows a plan and writes nothing', async () => {
    const { plan } = printed(await fettle(here.folder, 'import', 'mlflow', stores.folder, '--plan', '--json'))
    expect(plan.conflicts).toContain('registered model late rides is here: versions join it')
  })

  it('says what cannot be read', async () => {
    await expect(fettle(here.folder, 'import', 'mlflow', folder, '--yes')).rejects.toThrow('IMPORT_SOURCE')
    await expect(fettle(here.folder, 'import', 'mlflow', 'sqlite:///nowhere.db', '--yes')).rejects.toThrow(
      'there is no file',
    )
    await expect(fettle(here.folder, 'import', 'mlflow', 'http://127.0.0.1:9', '--yes')).rejects.toThrow(
      'nothing answers',
    )
  })
})

/** Of runs, what does not depend on ids: points, files, names, times. */
function facts({ runs }: StoreDump): unknown {
  const all = Object.values(runs as Record<string, Record<string, unknown>>)
  return Object.fromEntries(
    all.map(({ modelInputs: _, modelOutputs: __, tags: ___, ...rest }) => [String(rest['name']), rest]),
  )
}

/** What the SDK of the 3.x line says of a store. */
async function told(uri: string): Promise<unknown> {
  const { out, err } = await runMlflow('mlflow3', [join(import.meta.dirname, 'read_store.py')], {
    MLFLOW_TRACKING_URI: uri,
    MLFLOW_ALLOW_FILE_STORE: 'true',
  })
  const line = out.split('\n').find(text => text.startsWith('@told '))
  expect(line, err).toBeDefined()
  return JSON.parse((line ?? '').slice('@told '.length))
}

async function journals({ folder }: FettleServer): Promise<readonly string[]> {
  const root = join(folder, '.fettle', 'imports')
  return (await readdir(root)).map(name => join(root, name))
}
