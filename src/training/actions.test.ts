import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createColumnReader } from '../adapters/engines/duckdb/read-columns.ts'
import { environmentProvider } from '../adapters/environments/index.ts'
import { openTrees, scorerFactory } from '../adapters/scorers/index.ts'
import { type EvaluationReport, openExplainer, readModelManifest } from '../evaluation/index.ts'
import { packageRoot } from '../kernel/package-root.ts'
import type { ActionContext } from '../pipelines/index.ts'
import { createTrainingActions } from './actions.ts'
import type { TrainSummary } from './model.ts'
import type { TrackedBatch, TrainingTracker } from './ports.ts'

const root = packageRoot()
let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fettle-training-'))
  await mkdir(join(folder, 'set'))
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  await connection.run(`COPY (SELECT i AS flight_id, TIMESTAMP '2001-03-01 00:00:00' + to_hours(i // 4) AS t,
    CASE WHEN i % 11 <> 0 THEN (i * 7919 % 1000) / 500.0 END AS delay, (i * 104729) % 24 AS hour,
    CASE i % 5 WHEN 0 THEN 'ATL' WHEN 4 THEN NULL ELSE 'ORD' END AS origin,
    CASE WHEN i % 97 = 0 THEN NULL ELSE ((i * 7919 % 1000) / 500.0 + ((i * 104729) % 24) / 24.0 + (hash(i) % 1000) / 1000.0) > 2 END AS late,
    CASE WHEN i < 4000 THEN 'train' WHEN i < 6000 THEN 'judge' END AS __split
    FROM range(6100) r(i)) TO '${folder}/set/part-0.parquet'`)
  connection.closeSync()
  instance.closeSync()
  const manifest = {
    schema: 1,
    id: 'ds-test',
    checksum: 'sha256:abc',
    rows: 6100,
    files: [{ path: 'part-0.parquet' }],
  }
  await writeFile(join(folder, 'set', 'manifest.json'), JSON.stringify(manifest))
})
afterAll(() => rm(folder, { recursive: true }))

interface Journal {
  readonly tracker: TrainingTracker
  readonly batches: TrackedBatch[]
  state: string
}

function journal(): Journal {
  const own: Journal = {
    batches: [],
    state: 'none',
    tracker: {
      async startRun() {
        own.state = 'running'
        return { id: 'run-1' }
      },
      async log(_, batch) {
        own.batches.push(batch)
      },
      async finish(_, state) {
        own.state = state
      },
    },
  }
  return own
}

function actionsFor(own: Journal): ReturnType<typeof createTrainingActions> {
  return createTrainingActions({
    environments: environmentProvider,
    environmentsFolder: join(root, '.cache', 'environments'),
    pythonFolder: join(root, 'python'),
    objects: { putFile: async () => ({ hash: 'sha256:kept', bytes: 1 }), getFile: async () => {} },
    tracking: () => own.tracker,
    scorers: scorerFactory,
    columns: createColumnReader({ threads: 1 }),
    threads: 1,
  })
}

const features = [
  { name: 'delay', type: 'float64' },
  { name: 'hour', type: 'int64' },
] as const

let attempt = 0
async function contextOf(
  params: unknown,
  inputs: ActionContext['inputs'] = {},
): Promise<ActionContext & { lines: string[] }> {
  const outputFolder = join(folder, `out-${++attempt}`)
  await mkdir(outputFolder)
  const lines: string[] = []
  const set = { kind: 'directory', path: join(folder, 'set'), hash: 'sha256:set' } as const
  return {
    run: 'prn_1',
    pipeline: 'late',
    step: 'train',
    attempt,
    seed: 3,
    params: params as ActionContext['params'],
    inputs: { set, ...inputs },
    outputFolder,
    scratchFolder: join(outputFolder, 'scratch'),
    projectFolder: folder,
    log: line => void lines.push(line),
    progress: () => undefined,
    signal: new AbortController().signal,
    lines,
  }
}

function trainParams(trainer: unknown, params: Record<string, unknown> = {}): unknown {
  return {
    candidate: { name: 'one', trainer, params },
    label: 'late',
    features,
    split: { train: 'train', judge: 'judge' },
    task: 'binary',
  }
}

async function trainAndJudge(
  trainer: unknown,
  params: Record<string, unknown>,
): Promise<{ summary: TrainSummary; report: EvaluationReport; model: string; own: Journal }> {
  const own = journal()
  const actions = actionsFor(own)
  const context = await contextOf(trainParams(trainer, params))
  const outputs = await actions['training.train'](context)
  const model = join(context.outputFolder, 'model')
  const evaluate = { features, label: 'late', judge: 'judge', slices: ['month', 'origin'], time: 't' }
  const judged = await actions['training.evaluate'](
    await contextOf(evaluate, { model: { kind: 'directory', path: model, hash: 'sha256:m' } }),
  )
  const valueIn = (output: unknown) => (output as { value: unknown }).value
  return {
    summary: valueIn(outputs['summary']) as TrainSummary,
    report: valueIn(judged['report']) as EvaluationReport,
    model,
    own,
  }
}

test('the logistic baseline trains, is tracked and judged without Python', async () => {
  const { summary, report, model, own } = await trainAndJudge(
    { kind: 'builtin', name: 'logistic' },
    { l2: 0.5 },
  )
  expect(own.state).toBe('finished')
  expect(own.batches.flatMap(batch => Object.entries(batch.params ?? {}))).toContainEqual(['l2', '0.5'])
  expect(own.batches.flatMap(batch => batch.metrics ?? []).map(point => point.key)).toContain('judge.roc_auc')
  const manifest = await readModelManifest(model)
  expect(manifest.trainedOn).toEqual({ id: 'ds-test', checksum: 'sha256:abc', rows: 6100 })
  expect(manifest.selfTest.some(item => item.vector.includes(null))).toBe(true)
  expect(report.all.rows + report.unlabelled).toBe(2000)
  expect(report.all.metrics.roc_auc).toBeCloseTo(summary.metrics['judge.roc_auc'] as number, 12)
  expect(report.all.metrics.roc_auc).toBeGreaterThan(0.8)
  expect(report.slices.map(slice => slice.column)).toEqual(['month', 'origin'])
  expect(report.slices[1]?.values.map(slice => slice.value)).toEqual(['ORD', 'ATL', '(missing)'])
  const explanation = await (await openExplainer(model, 'linear'))?.explain(
    Float64Array.from([Number.NaN, 12]),
  )
  expect(explanation?.contributions[0]).toBe(0)
})

test('LightGBM in the managed environment: exported, equal in every scorer, explained', async () => {
  const { summary, report, model, own } = await trainAndJudge(
    { kind: 'python', name: 'lightgbm' },
    { num_iterations: 10, min_data_in_leaf: 20 },
  )
  expect(own.state).toBe('finished')
  expect(summary.parity).toMatchObject({ realRows: expect.toSatisfy((rows: number) => rows >= 1900) })
  expect(summary.selfTest.maxAbsDiff).toBeLessThan(1e-6)
  expect(report.all.metrics.roc_auc).toBeCloseTo(summary.metrics['judge.roc_auc'] as number, 4)
  const manifest = await readModelManifest(model)
  const vectors = Float64Array.from(
    manifest.selfTest.flatMap(item => item.vector.map(value => value ?? Number.NaN)),
  )
  const scorer = await openTrees({ folder: model, format: 'onnx', inputs: 2 })
  const scores = await scorer.score(vectors, manifest.selfTest.length)
  expect(Array.from(scores)).toEqual(manifest.selfTest.map(item => expect.closeTo(item.score, 14)))
  const point = own.batches
    .flatMap(batch => batch.metrics ?? [])
    .find(each => each.key === 'curve.judge.roc_auc' && each.step === 10)
  expect(point?.value).toBeGreaterThan(0.8)
  expect((await (await openExplainer(model, 'onnx'))?.explain(vectors.slice(0, 2)))?.rawScore).toBeTypeOf(
    'number',
  )
}, 300_000)

test('training twice gives the same bytes', async () => {
  const first = await trainAndJudge({ kind: 'python', name: 'lightgbm' }, { num_iterations: 3 })
  const second = await trainAndJudge({ kind: 'python', name: 'lightgbm' }, { num_iterations: 3 })
  for (const file of ['model.onnx', 'trees.json', 'model.txt', 'model.json', 'metrics.ndjson']) {
    expect(await readFile(join(first.model, file)), file).toEqual(await readFile(join(second.model, file)))
  }
}, 300_000)

test('scikit-learn agrees with the built-in baseline', async () => {
  const theirs = await trainAndJudge({ kind: 'python', name: 'sklearn' }, {})
  const ours = await trainAndJudge({ kind: 'builtin', name: 'logistic' }, {})
  expect(theirs.report.all.metrics.log_loss).toBeCloseTo(ours.report.all.metrics.log_loss as number, 6)
}, 300_000)

test('the script of docs/trainers.md is a trainer', async () => {
  const guide = await readFile(join(root, 'docs', 'trainers.md'), 'utf8')
  const script = /```python\n([\s\S]*?)```/.exec(guide)?.[1] ?? ''
  await writeFile(join(folder, 'fisher.py'), script)
  const { report, own } = await trainAndJudge({ kind: 'script', path: 'fisher.py' }, {})
  expect(own.state).toBe('finished')
  expect(report.all.metrics.roc_auc).toBeGreaterThan(0.8)
}, 300_000)

test.each([
  ['an exception', 'raise ValueError("no such thing")', 'TRAINER_FAILED', /no such thing/],
  ['nothing written', 'print("done")', 'TRAINER_OUTPUT_INVALID', /model\.json is missing/],
  [
    'a coded failure',
    'from fettle_trainers import contract\ndef train(job): raise contract.TrainerError("LABEL_ONE_CLASS", "only zeros")\ncontract.run(train)',
    'LABEL_ONE_CLASS',
    /only zeros/,
  ],
])(
  'a script that ends with %s fails the step and its run',
  async (_, script, code, message) => {
    await writeFile(join(folder, 'bad.py'), script)
    const own = journal()
    const failed = actionsFor(own)['training.train'](
      await contextOf(trainParams({ kind: 'script', path: 'bad.py' })),
    )
    await expect(failed).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
    expect(own.state).toBe('failed')
    expect(own.batches.at(-1)?.tags).toEqual({ 'fettle.error': code })
  },
  300_000,
)

test.each([
  [
    'an unknown param',
    { candidate: { name: 'one', trainer: { kind: 'builtin', name: 'logistic' }, params: { depth: 3 } } },
    'BAD_PARAMETER',
  ],
  ['a missing column', { features: [{ name: 'nope', type: 'float64' }] }, 'COLUMN_MISSING'],
  ['a text feature', { features: [{ name: 'origin', type: 'string' }] }, 'SIGNATURE_MISMATCH'],
  ['an empty split', { split: { train: 'never', judge: 'judge' } }, 'NO_ROWS_LEFT'],
  ['a label that is not binary', { label: 'hour' }, 'NOT_BINARY'],
])('%s is refused with a code', async (_, change, code) => {
  const own = journal()
  const params = { ...(trainParams({ kind: 'builtin', name: 'logistic' }) as object), ...change }
  await expect(actionsFor(own)['training.train'](await contextOf(params))).rejects.toMatchObject({ code })
  expect(own.state).toBe('failed')
})

test('cancelling ends the Python process and kills the run', async () => {
  await writeFile(join(folder, 'slow.py'), 'import time\nprint("started", flush=True)\ntime.sleep(60)')
  const own = journal()
  const abort = new AbortController()
  const context = await contextOf(trainParams({ kind: 'script', path: 'slow.py' }))
  const started = performance.now()
  const running = actionsFor(own)['training.train']({
    ...context,
    signal: abort.signal,
    log: line => line === 'started' && abort.abort(new Error('cancelled')),
  })
  await expect(running).rejects.toThrow('cancelled')
  expect(own.state).toBe('killed')
  expect(performance.now() - started).toBeLessThan(20_000)
}, 300_000)

test('the environment is prepared and described without paths', async () => {
  const outputs = await actionsFor(journal())['training.prepare-environment'](await contextOf({}))
  const { value } = outputs['environment'] as unknown as {
    value: { id: string; packages: Record<string, string> }
  }
  expect(value.packages['lightgbm']).toMatch(/^\d/)
  expect(existsSync(join(root, '.cache', 'environments', value.id))).toBe(true)
  expect(JSON.stringify(value)).not.toContain(root)
}, 300_000)
