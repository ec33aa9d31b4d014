import {
  indexProject,
  type ModelData,
  type TrainingSetData,
  type VectorColumn,
  vectorColumns,
} from '../definitions/index.ts'
import type { SourceVersion } from '../features/index.ts'
import { contentHash, type Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { RunPlan, StepPlan } from '../pipelines/index.ts'
import { type Applied, trainingSetClosure, viewClosure } from './closures.ts'

/** What compilation needs beside the definitions; all of it enters step keys, nothing else does. */
export interface CompileFacts {
  /** Hash of the code that actions run. */
  readonly code: string
  /** Id of the Python environment's lock. */
  readonly environment: string
  /** RFC 3339: training data and online features are as known at this instant. */
  readonly asOf: string
  readonly reuse: RunPlan['reuse']
  readonly params: Readonly<Record<string, Json>>
  sourceVersions(
    sources: readonly { readonly name: string }[],
  ): Promise<Readonly<Record<string, SourceVersion>>>
  /** sha256 of a script of the project. */
  scriptHash(path: string): Promise<string>
}

export interface PipelineOutline {
  readonly name: string
  readonly title: string
  readonly model: string | null
}

/** Pipelines that the applied definitions give: one per model, and one per model that fills the online store. */
export function outlinePipelines(project: Applied): readonly PipelineOutline[] {
  return project.definitions.flatMap(each =>
    each.kind !== 'model'
      ? []
      : [
          { name: each.name, title: `Train, evaluate and register ${each.name}`, model: each.name },
          {
            name: `${each.name}-online`,
            title: `Materialize the online features of ${each.name}`,
            model: each.name,
          },
        ],
  )
}

/** Compiles a pipeline into the plan that a run stores. Throws PIPELINE_UNKNOWN. */
export async function compilePipeline(project: Applied, name: string, facts: CompileFacts): Promise<RunPlan> {
  const outline = outlinePipelines(project).find(each => each.name === name)
  if (!outline?.model) {
    throw new FettleError('PIPELINE_UNKNOWN', `no pipeline "${name}"`, {
      hint: `There are: ${
        outlinePipelines(project)
          .map(each => each.name)
          .join(', ') || 'none; apply a project with a model'
      }.`,
    })
  }
  const model = project.get('model', outline.model)
  const steps =
    name === model.name
      ? await trainingSteps(project, model, facts)
      : [await materializeStep(project, model, facts)]
  return {
    schema: 1,
    pipeline: name,
    title: outline.title,
    model: model.name,
    definition: project.byRef.get(`model:${model.name}`)?.semanticHash ?? '',
    params: { asOf: facts.asOf, ...facts.params },
    reuse: facts.reuse,
    seed: 1842,
    steps,
  }
}

interface ActionStep {
  readonly id: string
  readonly title: string
  readonly action: string
  readonly params: unknown
  readonly outputs: StepPlan['outputs']
  readonly inputs?: StepPlan['inputs']
  readonly after?: readonly string[]
  readonly environment?: string
  readonly code: string
  readonly maxRuntime?: string
}

function actionStep({
  id,
  title,
  action,
  params,
  outputs,
  inputs,
  after,
  environment,
  code,
  maxRuntime,
}: ActionStep): StepPlan {
  return {
    id,
    title,
    body: { kind: 'action', action },
    code,
    environment: environment ?? 'none',
    params: params as Json,
    inputs: inputs ?? {},
    outputs,
    after: after ?? [],
    reusable: true,
    maxRuntime: maxRuntime ?? '6h',
    retry: { infra: 5, user: 0 },
  }
}

async function trainingSteps(
  project: Applied,
  model: ModelData,
  facts: CompileFacts,
): Promise<readonly StepPlan[]> {
  const closure = trainingSetClosure(project, model.trainingSet)
  const set = closure.trainingSet
  const features = vectorColumns(set, indexProject(project.definitions))
  const needsPython = model.candidates.some(each => each.trainer.kind !== 'builtin')
  const build = actionStep({
    id: 'training-set',
    title: `Build training set ${set.name}`,
    action: 'features.build-training-set',
    code: facts.code,
    params: { closure, asOf: facts.asOf, sources: await facts.sourceVersions(closure.sources) },
    outputs: { set: 'directory', manifest: 'json' },
  })
  const environment = actionStep({
    id: 'python',
    title: 'Prepare the Python environment',
    action: 'training.prepare-environment',
    code: facts.code,
    environment: facts.environment,
    params: {},
    outputs: { environment: 'json' },
  })
  const candidates = await Promise.all(
    model.candidates.map(each => candidateSteps(model, each, { set, features, facts })),
  )
  const register = actionStep({
    id: 'register',
    title: 'Register the better one',
    action: 'registry.register',
    code: facts.code,
    params: {
      model: model.name,
      description: model.description ?? '',
      metric: model.metric,
      candidates: model.candidates.map(each => each.name),
      features: features.map(signatureField),
      lock: facts.environment,
    },
    inputs: {
      manifest: { from: 'training-set', output: 'manifest' },
      ...Object.fromEntries(
        model.candidates.flatMap(({ name }) => [
          [`model_${name}`, { from: `train-${name}`, output: 'model' }],
          [`summary_${name}`, { from: `train-${name}`, output: 'summary' }],
          [`report_${name}`, { from: `evaluate-${name}`, output: 'report' }],
        ]),
      ),
    },
    outputs: { version: 'json' },
  })
  return [build, ...(needsPython ? [environment] : []), ...candidates.flat(), register]
}

function signatureField({ name, type }: VectorColumn): { name: string; type: string; nullable: boolean } {
  return { name, type, nullable: true }
}

interface CandidateFacts {
  readonly set: TrainingSetData
  readonly features: readonly VectorColumn[]
  readonly facts: CompileFacts
}

async function candidateSteps(
  model: ModelData,
  candidate: ModelData['candidates'][number],
  { set, features, facts }: CandidateFacts,
): Promise<readonly StepPlan[]> {
  const { trainer, name } = candidate
  const python = trainer.kind !== 'builtin'
  const code =
    trainer.kind === 'script' ? contentHash([facts.code, await facts.scriptHash(trainer.path)]) : facts.code
  const columns = features.map(({ name: column, type }) => ({ name: column, type }))
  const train = actionStep({
    id: `train-${name}`,
    title: `Train ${name}`,
    action: 'training.train',
    code,
    environment: python ? facts.environment : 'none',
    params: {
      experiment: model.name,
      candidate,
      label: set.label.name,
      features: columns,
      split: { train: model.trainOn, judge: model.judgeOn },
      task: model.task,
    },
    inputs: { set: { from: 'training-set', output: 'set' } },
    after: python ? ['python'] : [],
    outputs: { model: 'directory', summary: 'json' },
  })
  const evaluate = actionStep({
    id: `evaluate-${name}`,
    title: `Evaluate ${name} on ${model.judgeOn}`,
    action: 'training.evaluate',
    code: facts.code,
    params: {
      features: columns,
      label: set.label.name,
      judge: model.judgeOn,
      slices: model.slices,
      time: set.spine.time,
    },
    inputs: {
      set: { from: 'training-set', output: 'set' },
      model: { from: `train-${name}`, output: 'model' },
      summary: { from: `train-${name}`, output: 'summary' },
    },
    outputs: { report: 'json' },
  })
  return [train, evaluate]
}

async function materializeStep(project: Applied, model: ModelData, facts: CompileFacts): Promise<StepPlan> {
  const closure = viewClosure(project, model.trainingSet)
  return actionStep({
    id: 'materialize',
    title: 'Fill the online store',
    action: 'features.materialize',
    code: facts.code,
    params: { closure, now: facts.asOf, sources: await facts.sourceVersions(closure.sources) },
    outputs: { report: 'json' },
  })
}
