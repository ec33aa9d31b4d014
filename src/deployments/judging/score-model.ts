import { join } from 'node:path'
import {
  actionsOf,
  type Explainer,
  type ModelOutputs,
  openExplainer,
  type ScorerFactory,
  type Thresholds,
} from '../../evaluation/index.ts'
import { isFettleError } from '../../kernel/errors/index.ts'
import type { ActionContext, ObjectStore } from '../../pipelines/index.ts'
import { scoreRows } from '../../training/index.ts'
import type { JudgedModel } from '../gate/judge-params.ts'
import { layFiles } from '../gate/lay-files.ts'
import type { HeldOutRows } from './read-rows.ts'

/** A model that was asked for every held-out row. */
export interface ScoredModel {
  readonly scores: Float64Array
  /** Which scorer answered. */
  readonly scorer: { readonly kind: string; readonly build: string }
  /** Undefined where nothing explains the model. */
  readonly explainer: Explainer | undefined
  /** Its inputs by row, in signature order. */
  readonly columns: readonly Float64Array[]
  readonly inputs: readonly string[]
}

export interface ScoringDependencies {
  readonly objects: Pick<ObjectStore, 'getFile'>
  readonly scorers: ScorerFactory
}

/** Where a model is laid down, and who is told how far it is. */
type ScoringContext = Pick<ActionContext, 'scratchFolder' | 'progress' | 'log' | 'signal'>

/** Lays the model's files down and scores the rows; the caller closes the explainer. */
export async function scoreModel(
  { objects, scorers }: ScoringDependencies,
  { model, held, context }: { model: JudgedModel; held: HeldOutRows; context: ScoringContext },
): Promise<ScoredModel> {
  const folder = join(context.scratchFolder, model.digest.replace(/^sha256:/, ''))
  await layFiles(objects, model.files, folder)
  const inputs = model.signature.inputs.map(({ name }) => name)
  const columns = inputs.map(name => held.inputs[name] ?? new Float64Array(held.rows.rows).fill(Number.NaN))
  const scorer = await scorers.open({ folder, format: model.format, inputs: inputs.length })
  try {
    const scores = await scoreRows(scorer, columns, {
      rows: held.rows.rows,
      progress: update => context.progress({ ...update, message: `scoring version ${model.version}` }),
      signal: context.signal,
    })
    const { kind, build } = scorer
    const explainer = await openExplainer(folder, model.format, { scorers }).catch(error =>
      unexplained(error, context),
    )
    return { scores, scorer: { kind, build }, explainer, columns, inputs }
  } finally {
    await scorer.close()
  }
}

/** A model that cannot be explained is judged all the same. */
function unexplained(error: unknown, { log }: Pick<ActionContext, 'log'>): undefined {
  const known = ['MISSING_COVER', 'MISSING_BACKGROUND', 'TOO_LARGE']
  if (!isFettleError(error) || !known.includes(error.code)) throw error
  log(`No explanations: ${error.message}`)
}

/** By what a model acts now: its thresholds by segment, or the one declared; undefined where nothing acts. */
export function thresholdsOf({ thresholdSet, action }: JudgedModel): Thresholds | undefined {
  return thresholdSet ?? action ?? undefined
}

/** Scores, with the actions that the thresholds make of them. */
export function outputsOf(
  { rows }: HeldOutRows,
  scores: Float64Array,
  thresholds: Thresholds | undefined,
): ModelOutputs {
  return thresholds === undefined ? { scores } : { scores, actions: actionsOf(thresholds, rows, scores) }
}
