import { mkdir, writeFile } from 'node:fs/promises'
import { arch, platform } from 'node:os'
import { join } from 'node:path'
import {
  type LinearModel,
  logistic,
  type ModelManifest,
  rawLinearScore,
  type SelfTestCase,
  toFloat32,
} from '../../evaluation/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Quantity } from '../../kernel/statistics/index.ts'
import { logJudged, spreadVectors } from '../judged-rows.ts'
import { type LabelledRows, readLabelledRows, vectorsOf } from '../labelled-rows.ts'
import type { ColumnReader } from '../ports.ts'
import type { TrainerCall } from '../trainer.ts'
import { fitLogistic, type LogisticFit } from './fit.ts'

const defaults = { l2: 1, maxIterations: 50 }

/** The built-in baseline: logistic regression without Python. Params: `l2` (default 1), `maxIterations` (50). */
export async function runLogisticTrainer(call: TrainerCall, reader: ColumnReader): Promise<void> {
  const { context, params } = call
  const options = { ...defaults, ...checkParams(params.candidate.params) }
  const split = { data: call.data, features: params.features, label: params.label }
  const train = await readLabelledRows(reader, { ...split, split: params.split.train })
  context.log(`${train.labels.length} rows to train on, ${params.features.length} features`)
  const fit = await fitLogistic(train, { ...options, ...reporting(call, options.maxIterations) })
  context.log(
    `${fit.converged ? 'Converged' : 'Stopped'} after ${fit.iterations} Newton steps, mean loss ${fit.loss.toFixed(6)}`,
  )
  const judge = await readLabelledRows(reader, { ...split, split: params.split.judge })
  const model = linearModel(call, fit)
  const scores = scoreAll(model, vectorsOf(judge.columns, 0, judge.labels.length))
  const metrics = await logJudged(call, judge, scores)
  await save(call, { model, metrics, judge })
}

function checkParams(params: TrainerCall['params']['candidate']['params']): Partial<typeof defaults> {
  for (const [name, value] of Object.entries(params)) {
    const usable =
      name === 'l2'
        ? Number(value) >= 0
        : name === 'maxIterations' && Number.isInteger(value) && Number(value) > 0
    if (!usable || typeof value !== 'number')
      throw new FettleError('BAD_PARAMETER', `The logistic trainer does not take ${name} = ${value}`, {
        hint: 'It takes l2 (≥ 0) and maxIterations (≥ 1).',
      })
  }
  return params
}

function reporting(
  call: TrainerCall,
  total: number,
): Pick<Parameters<typeof fitLogistic>[1], 'names' | 'signal' | 'onIteration'> {
  return {
    names: call.params.features.map(feature => feature.name),
    signal: call.context.signal,
    async onIteration({ iteration, loss, gradient }) {
      call.context.progress({
        done: iteration,
        total,
        unit: 'Newton steps',
        message: `loss ${loss.toFixed(5)}, gradient ${gradient.toExponential(1)}`,
      })
      await call.logMetrics([{ key: 'curve.train.log_loss', value: loss, step: iteration }])
    },
  }
}

function linearModel({ params }: TrainerCall, fit: LogisticFit): LinearModel {
  const { weights, intercept, means } = fit
  return {
    schema: 1,
    link: 'logistic',
    inputs: params.features.map(feature => feature.name),
    weights,
    intercept,
    imputation: means,
    means,
  }
}

function scoreAll(model: LinearModel, vectors: Float64Array): Float64Array {
  const values = toFloat32(vectors)
  const width = model.weights.length
  return Float64Array.from({ length: vectors.length / Math.max(1, width) }, (_, row) =>
    logistic(rawLinearScore(model, values, row * width)),
  )
}

/** 32 rows spread over the judge split, and for each input one of them without it. */
function selfTestOf(model: LinearModel, judge: LabelledRows): SelfTestCase[] {
  const width = judge.columns.length
  const spread = spreadVectors(judge)
  const holes = Array.from({ length: width }, (_, input) =>
    (spread[input % 32] ?? []).map((value, index) => (index === input ? null : value)),
  )
  return [...spread, ...holes].map(vector => ({
    vector,
    score:
      scoreAll(
        model,
        Float64Array.from(vector, value => value ?? Number.NaN),
      )[0] ?? 0,
  }))
}

async function save(
  call: TrainerCall,
  result: { model: LinearModel; metrics: Record<string, Quantity>; judge: LabelledRows },
): Promise<void> {
  const { context, params, data, output } = call
  const manifest: ModelManifest = {
    schema: 1,
    format: 'linear',
    inputs: params.features.map(({ name, type }) => ({ name, type, nullable: true })),
    outputs: [{ name: 'score', type: 'float64', nullable: false }],
    metrics: result.metrics,
    environment: { interpreter: `node ${process.versions.node}`, platform: `${platform()}-${arch()}` },
    parity: { native: 'same code', maxAbsDiff: 0 },
    selfTest: selfTestOf(result.model, result.judge),
    tolerance: 1e-9,
    trainedOn: { id: data.id, checksum: data.checksum, rows: data.rows },
    seed: context.seed,
    params: params.candidate.params,
  }
  await mkdir(output, { recursive: true })
  await writeFile(join(output, 'linear.json'), `${JSON.stringify(result.model)}\n`)
  await writeFile(join(output, 'model.json'), `${JSON.stringify(manifest, null, 1)}\n`)
}
