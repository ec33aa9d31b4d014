import { located } from './located.ts'
import type { CandidateData, Descriptive, ModelData } from './model.ts'
import type { TrainingSetDefinition } from './training-set.ts'

type Params = CandidateData['params']
type Candidate = Omit<CandidateData, 'name'>

/** Logistic regression in TypeScript: needs no Python. */
export function logistic(params: Params = {}): Candidate {
  return Object.freeze<Candidate>({ trainer: { kind: 'builtin', name: 'logistic' }, params })
}

/** Gradient-boosted trees, in the managed Python environment. Params are LightGBM's own. */
export function lightgbm(params: Params = {}): Candidate {
  return Object.freeze<Candidate>({ trainer: { kind: 'python', name: 'lightgbm' }, params })
}

/** A scikit-learn estimator, in the managed Python environment. */
export function sklearn(params: Params = {}): Candidate {
  return Object.freeze<Candidate>({ trainer: { kind: 'python', name: 'sklearn' }, params })
}

/** Any script that follows the trainer contract (docs/trainers.md); the path is relative to the project. */
export function script(path: string, params: Params = {}): Candidate {
  return Object.freeze<Candidate>({ trainer: { kind: 'script', path }, params })
}

export interface ExternalModel {
  /** Of the server, without `/v2`: http or https, without credentials. */
  readonly url: string
  /** What the server calls the model. */
  readonly name: string
  /** Left out: the one the server takes by itself. */
  readonly version?: string
  /** Its output that is the score; left out: `score`, `probabilities`, `predict`, or the only one. */
  readonly output?: string
}

/**
 * A model that another server of the Open Inference Protocol scores (Triton, KServe, MLServer). Nothing is trained: a run
 * measures it on the judged split and registers it, and contracts, log, ramp and fallback are those of any other.
 */
export function external(model: ExternalModel): Candidate {
  return Object.freeze<Candidate>({ trainer: { kind: 'builtin', name: 'external' }, params: { ...model } })
}

/** A candidate that is trained only when a run names it: `fettle run MODEL --param candidates=NAME`. */
export function asked(candidate: Candidate): Candidate {
  return Object.freeze<Candidate>({ ...candidate, asked: true })
}

export interface ModelDefinition<Name extends string = string, Request extends object = object>
  extends ModelData {
  readonly name: Name
  /** Type level only. */
  readonly __request?: Request
}

export interface ModelOptions<Request extends object> extends Descriptive {
  readonly trainedOn: TrainingSetDefinition<string, Request>
  readonly task: 'binary'
  /** Trained side by side as tracked runs; the best by `metric` on the judged split is registered. */
  readonly candidates: Readonly<Record<string, Candidate>>
  readonly split: { readonly train: string; readonly judge: string }
  readonly metric?: ModelData['metric']
  /** Training-set columns by which the evaluation is cut; 'month' is the UTC month of the row's time. */
  readonly slices?: readonly string[]
  /** How often the whole path is exercised, whether or not anything ships. Default weekly. */
  readonly schedule?: string
}

/** A model: what it is trained on, how, and by what it is judged. */
export function model<const Name extends string, Request extends object>(
  name: Name,
  options: ModelOptions<Request>,
): ModelDefinition<Name, Request> {
  const { trainedOn, task, candidates, split, metric, slices, schedule, ...descriptive } = options
  return located({
    kind: 'model',
    name,
    ...descriptive,
    trainingSet: trainedOn.name,
    task,
    candidates: Object.entries(candidates).map(([candidate, data]) => ({ name: candidate, ...data })),
    trainOn: split.train,
    judgeOn: split.judge,
    metric: metric ?? 'roc_auc',
    slices: slices ?? [],
    schedule: schedule ?? 'weekly',
  })
}
