import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type EvaluationReport, readModelManifest, type ScorerFactory } from '../evaluation/index.ts'
import type { TrainingSetManifest } from '../features/index.ts'
import type { Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { type Action, type ActionContext, type ObjectStore, storeDirectory } from '../pipelines/index.ts'
import {
  type ColumnReader,
  type FeatureColumn,
  type LabelledRows,
  readLabelledRows,
  type TrainSummary,
  vectorsOf,
} from '../training/index.ts'
import { compareFiles, compareMetrics, compareScores, compareSets } from './compare.ts'
import type { ComparedItem } from './model.ts'
import type { CompareParams } from './rebuild-plan.ts'

export interface CompareDependencies {
  readonly objects: ObjectStore
  readonly scorers: ScorerFactory
  readonly columns: ColumnReader
  /** Tells the control plane what was compared; it judges, signs and keeps the report. */
  tell(context: ActionContext, compared: Compared): Promise<Json>
}

/** What the comparing step found. */
export interface Compared {
  readonly model: string
  readonly version: number
  readonly manifest: string
  readonly tolerance: number
  readonly ingredients: CompareParams['ingredients']
  readonly erased: CompareParams['erased']
  readonly items: readonly ComparedItem[]
  readonly seconds: Readonly<Record<string, number>>
}

/** Rows that both models score. */
const mostRows = 20_000

/**
 * `reproduction.compare`: what a rebuild made is held against what is registered, item by item: training set, files,
 * scores of stored rows, metrics. Inputs `set`, `manifest`, `model`, `summary` and `report`; output `report`, signed.
 */
export function compareAction(dependencies: CompareDependencies): Action {
  return async context => {
    const params = context.params as unknown as CompareParams
    const { wanted, tolerance } = params
    const set = jsonInput<TrainingSetManifest>(context, 'manifest')
    const summary = jsonInput<TrainSummary>(context, 'summary')
    const evaluation = jsonInput<EvaluationReport>(context, 'report')
    const folder = directoryInput(context, 'model')
    const made = await storeDirectory(dependencies.objects, folder)
    const items = [
      compareSets(wanted.set, set),
      ...compareFiles(wanted.files, made.files),
      await comparePredictions(context, { params, folder }, dependencies),
      ...compareMetrics(wanted.evaluation as unknown as EvaluationReport | null, evaluation, tolerance),
      contracts,
    ]
    for (const { name, outcome, detail } of items)
      context.log(`${name}: ${outcome}${detail && `, ${detail}`}`)
    const { model, version, manifest, ingredients, erased } = params
    const seconds = {
      training: summary.seconds,
      ...(summary.environmentSeconds === undefined ? {} : { environment: summary.environmentSeconds }),
    }
    const told = { model, version, manifest, tolerance, ingredients, erased, items, seconds }
    return { report: { kind: 'json', value: await dependencies.tell(context, told) } }
  }
}

const contracts: ComparedItem = {
  step: 'evaluate',
  name: 'contracts',
  outcome: 'unavailable',
  wanted: null,
  found: null,
  detail: 'the model declares none',
}

interface Rebuilt {
  readonly params: CompareParams
  readonly folder: string
}

/** Both models score the same rows of the stored set; of the rebuilt one where the stored bytes are gone. */
async function comparePredictions(
  context: ActionContext,
  { params, folder }: Rebuilt,
  dependencies: CompareDependencies,
): Promise<ComparedItem> {
  const { wanted, tolerance } = params
  const stored = join(context.scratchFolder, 'registered')
  for (const { path, hash } of wanted.files) await layFile(dependencies.objects, hash, join(stored, path))
  const rows = await readLabelledRows(dependencies.columns, {
    data: { ...wanted.set, files: await storedFiles(context, params, dependencies) },
    features: params.features as readonly FeatureColumn[],
    label: params.label,
    split: params.judge,
  })
  const sample = vectorsSpread(rows)
  const [before, after] = [
    await scoresOf(stored, sample, dependencies),
    await scoresOf(folder, sample, dependencies),
  ]
  return compareScores(before, after, tolerance)
}

async function storedFiles(
  context: ActionContext,
  { wanted }: CompareParams,
  { objects }: CompareDependencies,
): Promise<readonly string[]> {
  const folder = join(context.scratchFolder, 'stored-set')
  const paths: string[] = []
  for (const { path, hash } of wanted.setFiles) {
    if (!(await objects.has(hash))) return [join(directoryInput(context, 'set'), 'part-0.parquet')]
    paths.push(join(folder, path))
    await layFile(objects, hash, join(folder, path))
  }
  return paths
}

async function layFile(objects: ObjectStore, hash: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await objects.getFile(hash, path)
}

interface Sample {
  readonly vectors: Float64Array
  readonly rows: number
}

/** Evenly spread rows of the split, all of them if they are few. */
function vectorsSpread({ columns, labels }: LabelledRows): Sample {
  const all = labels.length
  const rows = Math.min(all, mostRows)
  const picked = columns.map(column =>
    Float64Array.from({ length: rows }, (_, row) => column[Math.floor((row * all) / rows)] ?? Number.NaN),
  )
  return { vectors: vectorsOf(picked, 0, rows), rows }
}

async function scoresOf(
  folder: string,
  { vectors, rows }: Sample,
  { scorers }: CompareDependencies,
): Promise<Float64Array> {
  const { format, inputs } = await readModelManifest(folder)
  const scorer = await scorers.open({ folder, format, inputs: inputs.length })
  try {
    return await scorer.score(vectors, rows)
  } finally {
    await scorer.close()
  }
}

function jsonInput<Shape>(context: ActionContext, name: string): Shape {
  const input = context.inputs[name]
  if (input?.kind !== 'json') throw new FettleError('STEP_OUTPUT_INVALID', `input "${name}" is no JSON value`)
  return input.value as unknown as Shape
}

function directoryInput(context: ActionContext, name: string): string {
  const input = context.inputs[name]
  if (input?.kind !== 'directory')
    throw new FettleError('STEP_OUTPUT_INVALID', `input "${name}" is no directory`)
  return input.path
}
