import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createMlruns, type Mlruns, runId } from '../../../test/support/mlruns.ts'
import { openFolderSource } from './folder-source.ts'
import type { SourceExperiment } from './model.ts'

let store: Mlruns
beforeEach(() => {
  store = createMlruns(mkdtempSync(join(tmpdir(), 'fettle-mlruns-')))
})
afterEach(() => rmSync(store.root, { recursive: true, force: true }))

async function listOf<Item>(items: AsyncIterable<Item>): Promise<readonly Item[]> {
  const found: Item[] = []
  for await (const item of items) found.push(item)
  return found
}

const inExperiment = (id: string) => ({ id }) as SourceExperiment

describe('the folder of a file store', () => {
  it('has experiments, deleted ones in its trash', async () => {
    store.experiment('0', { name: 'Default' })
    store.experiment('123456789012345678', { name: "'quoted: name'", stage: 'deleted' })
    store.write('0/tags/mlflow.note.content', '# many\nlines')
    const source = await openFolderSource(store.root)
    expect(await source.experiments()).toEqual([
      {
        ...{ id: '0', name: 'Default', deleted: false },
        ...{ createdMs: 1_700_000_000_000, updatedMs: 1_700_000_000_001 },
        tags: { 'mlflow.note.content': '# many\nlines' },
      },
      expect.objectContaining({ id: '123456789012345678', name: 'quoted: name', deleted: true, tags: {} }),
    ])
  })

  it('has runs with keys that are paths, points in the order they came, and files', async () => {
    const id = runId(1)
    store.experiment('1')
    store.run('1', id, { points: 2, stage: 'deleted' })
    store.write(
      `1/${id}/metrics/odd/one`,
      '1700000003000 nan 3\n1700000003001 inf -1\n1700000003002 -2.5e-3\n',
    )
    store.write(`1/${id}/params/a/b c`, '')
    const source = await openFolderSource(store.root)
    const [run] = await listOf(source.runs(inExperiment('1')))
    expect(run).toMatchObject({
      ...{ id, experiment: '1', name: 'run 00000001', user: 'ana', status: 'finished', deleted: true },
      ...{ startedMs: 1_700_000_001_000, endedMs: 1_700_000_009_000 },
      ...{
        params: { 'a/b c': '', depth: '4' },
        tags: { kind: 'by hand', 'mlflow.runName': 'run 00000001' },
        metricKeys: ['loss', 'odd/one'],
      },
    })
    if (run === undefined) return
    expect((await listOf(source.points(run))).flat()).toEqual([
      ['loss', 0, 1_700_000_002_000, 1],
      ['loss', 1, 1_700_000_002_001, 0.5],
      ['odd/one', 3, 1_700_000_003_000, null],
      ['odd/one', -1, 1_700_000_003_001, Number.MAX_VALUE],
      // Early versions wrote no step.
      ['odd/one', 0, 1_700_000_003_002, -0.0025],
    ])
    const files = await listOf(source.files({ kind: 'run', ...run }))
    expect(files).toMatchObject([{ path: 'notes/00000001.txt', bytes: 200 * `notes of ${id}\n`.length }])
  })

  it('has datasets, logged models and what links runs to them', async () => {
    const [id, model] = [runId(2), `m-${runId(3)}`]
    store.experiment('1')
    store.run('1', id)
    store.write(
      '1/datasets/d1/meta.yaml',
      'digest: abc\nname: rides\nprofile: null\nschema: \'{"x": 1}\'\nsource: s\nsource_type: local\n',
    )
    store.write(
      `1/${id}/inputs/d1/meta.yaml`,
      `destination_id: ${id}\nsource_id: d1\nsource_type: DATASET\ntags:\n  mlflow.data.context: training\n`,
    )
    store.write(`1/${id}/outputs/${model}/meta.yaml`, `destination_id: ${model}\nstep: 7\n`)
    store.write(
      `1/models/${model}/meta.yaml`,
      `artifact_location: ${store.root}/1/models/${model}/artifacts\ncreation_timestamp: 5\nexperiment_id: '1'\nlast_updated_timestamp: 6\nmodel_id: ${model}\nname: net\nsource_run_id: ${id}\nstatus: 2\nlifecycle_stage: deleted\n`,
    )
    store.write(`1/models/${model}/metrics/auc`, `1700000004000 0.75 2 ${id} my rides abc\n`)
    const source = await openFolderSource(store.root)
    const [run] = await listOf(source.runs(inExperiment('1')))
    expect(run).toMatchObject({
      datasets: [
        {
          ...{
            name: 'rides',
            digest: 'abc',
            sourceType: 'local',
            source: 's',
            schema: '{"x": 1}',
            profile: null,
          },
          tags: { 'mlflow.data.context': 'training' },
        },
      ],
      modelOutputs: [{ modelId: model, step: 7 }],
    })
    expect(await listOf(source.loggedModels(inExperiment('1')))).toMatchObject([
      {
        ...{
          id: model,
          name: 'net',
          status: 'ready',
          deleted: true,
          createdMs: 5,
          updatedMs: 6,
          sourceRun: id,
        },
        metrics: [
          {
            ...{ key: 'auc', value: 0.75, step: 2, ms: 1_700_000_004_000, run: id },
            ...{ datasetName: 'my rides', datasetDigest: 'abc' },
          },
        ],
      },
    ])
  })

  it('has registered models without the versions that were deleted', async () => {
    store.experiment('0')
    store.write(
      'models/late rides/meta.yaml',
      'creation_timestamp: 1\nlast_updated_timestamp: 9\nname: late rides\ndescription: d\n',
    )
    store.write('models/late rides/aliases/champion', '10')
    for (const [version, stage] of [
      [2, 'Deleted_Internal'],
      [10, 'Production'],
      [3, 'None'],
    ] as const)
      store.write(
        `models/late rides/version-${version}/meta.yaml`,
        `creation_timestamp: ${version}\ncurrent_stage: ${stage}\nname: late rides\nrun_id: ''\nsource: models:/m-${runId(4)}\nstatus: READY\nversion: ${version}\n`,
      )
    const source = await openFolderSource(store.root)
    const [model] = await listOf(source.models())
    expect(model).toMatchObject({ name: 'late rides', createdMs: 1, updatedMs: 9, aliases: { champion: 10 } })
    expect(model?.versions).toMatchObject([
      { version: 3, stage: 'None', run: null, loggedModel: `m-${runId(4)}` },
      { version: 10, stage: 'Production', createdMs: 10, updatedMs: 10 },
    ])
  })

  it('is refused where it is none, and where a file is no YAML', async () => {
    await expect(openFolderSource(store.root)).rejects.toMatchObject({ code: 'IMPORT_SOURCE' })
    store.write('7/meta.yaml', 'name: "never closed\n')
    const source = await openFolderSource(store.root)
    await expect(source.experiments()).rejects.toMatchObject({
      code: 'IMPORT_SOURCE',
      message: expect.stringContaining('7/meta.yaml'),
    })
  })
})
