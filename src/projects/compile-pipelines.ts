import {
  type DefinitionRef,
  type DeploymentData,
  type FeatureViewData,
  indexProject,
  type ModelData,
  type TrainingSetData,
  type VectorColumn,
  vectorColumns,
} from '../definitions/index.ts'
import type { SourceVersion, TrainingSetClosure, ViewClosure } from '../features/index.ts'
import { contentHash, type Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { RunPlan, StepPlan } from '../pipelines/index.ts'
import { actionStep } from './action-step.ts'
import { withChecks } from './check-steps.ts'
import { type Applied, trainingSetClosure, viewClosure, viewsClosure } from './closures.ts'
import { batchOf, batchOutline, batchStep } from './compile-batch.ts'
import { releasedBy, releaseOutline, releaseSteps } from './compile-release.ts'
import { thresholdsBy, thresholdsOutline, thresholdsStep } from './compile-thresholds.ts'

/** What compilation needs beside the definitions; all of it enters step keys, nothing else does. */
export interface CompileFacts {
  /** Hash of the code that actions run. */
  readonly code: string
  /** Id of the Python environment's lock. */
  readonly environment: string
  /** Which online store is filled: what fills one store does not fill another. */
  readonly onlineStore: string
  /** RFC 3339: training data and online features are as known at this instant. */
  readonly asOf: string
  readonly reuse: RunPlan['reuse']
  readonly params: Readonly<Record<string, Json>>
  /** Only which steps there are is asked: parameters that a run has to have may be missing. */
  readonly outline?: true
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
  /** When it runs by itself: the text of a schedule. */
  readonly schedule: string | null
}

/**
 * Pipelines that the applied definitions give: one per model, one per model that fills the online store, one per
 * training set, one per scheduled view, one per batch, and three per deployment: one looks for skew, one judges its releases,
 * one scores files; with a rule of
 * thresholds one more suggests them.
 */
export function outlinePipelines(project: Applied): readonly PipelineOutline[] {
  return project.definitions.flatMap((each): readonly PipelineOutline[] => {
    if (each.kind === 'featureView' && each.schedule !== undefined) return [viewOutline(each)]
    if (each.kind === 'trainingSet') return [setOutline(each)]
    if (each.kind === 'deployment')
      return [
        skewOutline(each),
        releaseOutline(each),
        batchOutline(each),
        ...thresholdsOutline(project, each),
      ]
    if (each.kind === 'batch') return [batchOutline(each)]
    if (each.kind !== 'model') return []
    return [
      {
        name: each.name,
        title: `Train, evaluate and register ${each.name}`,
        model: each.name,
        schedule: each.schedule,
      },
      {
        name: `${each.name}-online`,
        title: `Materialize the online features of ${each.name}`,
        model: each.name,
        schedule: null,
      },
    ]
  })
}

const viewPrefix = 'materialize-'

function viewOutline({ name, schedule }: FeatureViewData): PipelineOutline {
  return {
    name: `${viewPrefix}${name}`,
    title: `Materialize ${name}`,
    model: null,
    schedule: schedule ?? null,
  }
}

const setPrefix = 'build-'

function setOutline({ name }: TrainingSetData): PipelineOutline {
  return { name: `${setPrefix}${name}`, title: `Build training set ${name}`, model: null, schedule: null }
}

const skewSuffix = '-skew'

function skewOutline({ name }: DeploymentData): PipelineOutline {
  return {
    name: `${name}${skewSuffix}`,
    title: `Compare the served features of ${name} with their replay`,
    model: null,
    schedule: null,
  }
}

/** Never reused: the log of predictions grows. Parameters: share, limit, minRequests. */
function skewStep(deployment: string, facts: CompileFacts): StepPlan {
  const { share = 1, limit = 20_000, minRequests = 1_000 } = facts.params
  const step = actionStep({
    id: 'skew',
    title: 'Replay the log of predictions',
    action: 'features.skew',
    code: facts.code,
    params: { deployment, share, limit, minRequests },
    outputs: { report: 'json' },
  })
  return { ...step, reusable: false }
}

/** Compiles a pipeline into the plan that a run stores. Throws PIPELINE_UNKNOWN. */
export async function compilePipeline(project: Applied, name: string, facts: CompileFacts): Promise<RunPlan> {
  const outline = outlinePipelines(project).find(each => each.name === name)
  if (!outline) {
    throw new FettleError('PIPELINE_UNKNOWN', `no pipeline "${name}"`, {
      hint: `There are: ${
        outlinePipelines(project)
          .map(each => each.name)
          .join(', ') || 'none; apply a project with a model'
      }.`,
    })
  }
  const model = outline.model === null ? null : project.get('model', outline.model)
  const ref = model ? (`model:${model.name}` as const) : refOfPipeline(project, name)
  return {
    schema: 1,
    pipeline: name,
    title: outline.title,
    model: model?.name ?? null,
    definition: project.byRef.get(ref)?.semanticHash ?? '',
    params: { asOf: facts.asOf, ...facts.params },
    reuse: facts.reuse,
    seed: 1842,
    steps: await stepsOf(project, { name, model, facts }),
  }
}

function refOfPipeline(project: Applied, name: string): DefinitionRef {
  const batch = batchOf(project, name)
  if (batch !== undefined) return `${batch.kind}:${batch.name}`
  const deployment = releasedBy(project, name) ?? thresholdsBy(project, name)
  if (deployment !== undefined) return `deployment:${deployment.name}`
  if (name.endsWith(skewSuffix)) return `deployment:${name.slice(0, -skewSuffix.length)}`
  return name.startsWith(setPrefix)
    ? `trainingSet:${name.slice(setPrefix.length)}`
    : `featureView:${name.slice(viewPrefix.length)}`
}

async function stepsOf(
  project: Applied,
  { name, model, facts }: { name: string; model: ModelData | null; facts: CompileFacts },
): Promise<readonly StepPlan[]> {
  if (model !== null && name === model.name) {
    const closure = trainingSetClosure(project, model.trainingSet)
    return withChecks(await trainingSteps(project, model, facts), closure, facts)
  }
  if (model === null && name.startsWith(setPrefix)) {
    const closure = trainingSetClosure(project, name.slice(setPrefix.length))
    return withChecks([await buildSetStep(closure, facts)], closure, facts)
  }
  if (model === null && name.endsWith(skewSuffix)) return [skewStep(name.slice(0, -skewSuffix.length), facts)]
  const released = model === null ? releasedBy(project, name) : undefined
  if (released !== undefined) return releaseSteps(released, facts)
  const ruled = model === null ? thresholdsBy(project, name) : undefined
  if (ruled !== undefined) return [thresholdsStep(ruled, facts)]
  const scored = model === null ? batchOf(project, name) : undefined
  if (scored !== undefined) return [batchStep(project, scored, facts)]
  const closure =
    model === null
      ? viewsClosure(project, [name.slice(viewPrefix.length)])
      : viewClosure(project, model.trainingSet)
  return withChecks([await materializeStep(closure, facts)], closure, facts)
}

/** With the parameter `rebuild` the set is built again, and must come out as it is stored. */
async function buildSetStep(closure: TrainingSetClosure, facts: CompileFacts): Promise<StepPlan> {
  const rebuild = facts.params['rebuild'] === true
  const step = actionStep({
    id: 'training-set',
    title: `Build training set ${closure.trainingSet.name}`,
    action: 'features.build-training-set',
    code: facts.code,
    params: {
      closure,
      asOf: facts.asOf,
      sources: await facts.sourceVersions(closure.sources),
      ...(rebuild ? { rebuild } : {}),
    },
    outputs: { set: 'directory', manifest: 'json' },
  })
  return { ...step, reusable: !rebuild }
}

async function trainingSteps(
  project: Applied,
  model: ModelData,
  facts: CompileFacts,
): Promise<readonly StepPlan[]> {
  const closure = trainingSetClosure(project, model.trainingSet)
  const set = closure.trainingSet
  const features = vectorColumns(set, indexProject(project.definitions))
  const chosen = candidatesOf(model, facts.params['candidates'])
  const needsPython = chosen.some(each => each.trainer.kind !== 'builtin')
  const build = await buildSetStep(closure, facts)
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
    chosen.map(each => candidateSteps(model, each, { set, features, facts })),
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
      candidates: chosen.map(each => each.name),
      features: features.map(signatureField),
      lock: facts.environment,
    },
    inputs: {
      manifest: { from: 'training-set', output: 'manifest' },
      ...Object.fromEntries(
        chosen.flatMap(({ name }) => [
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

/** The candidates a run names, `a,b`; else all but those that wait to be asked for. */
function candidatesOf({ name, candidates }: ModelData, named: Json | undefined): ModelData['candidates'] {
  const asked = named === undefined ? undefined : String(named).split(',')
  const unknown = asked?.find(each => !candidates.some(candidate => candidate.name === each))
  if (unknown !== undefined)
    throw new FettleError('BAD_PARAMETER', `model "${name}" has no candidate "${unknown}"`, {
      hint: `There are: ${candidates.map(each => each.name).join(', ')}.`,
    })
  return candidates.filter(each => (asked ? asked.includes(each.name) : each.asked !== true))
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

/**
 * Parameters of a run: `refresh=full` fills new generations, whatever was done before; `plan=only` says what would be done;
 * `rollback=VIEW` goes back to the former generation; `verify=N` compares N keys of each view with the offline answer
 * afterwards, `repair=true` mends them.
 */
async function materializeStep(closure: ViewClosure, facts: CompileFacts): Promise<StepPlan> {
  const refresh = facts.params['refresh'] === 'full'
  const maintenance = maintenanceParams(facts.params)
  const step = actionStep({
    id: 'materialize',
    title: 'Fill the online store',
    action: 'features.materialize',
    code: facts.code,
    params: {
      closure,
      now: facts.asOf,
      sources: await facts.sourceVersions(closure.sources),
      store: facts.onlineStore,
      ...(refresh ? { refresh } : {}),
      ...maintenance,
    },
    outputs: { report: 'json' },
  })
  return { ...step, reusable: !refresh && Object.keys(maintenance).length === 0 }
}

function maintenanceParams({ plan, rollback, verify, repair }: CompileFacts['params']) {
  const sample = Number(verify)
  if (verify !== undefined && !(Number.isInteger(sample) && sample > 0))
    throw new FettleError('BAD_PARAMETER', `verify=${String(verify)} is not a number of keys`, {
      hint: 'For example --param verify=1000.',
    })
  return {
    ...(plan === 'only' ? { plan } : {}),
    ...(typeof rollback === 'string' ? { rollback } : {}),
    ...(verify === undefined ? {} : { verify: sample }),
    ...(repair === true || repair === 'true' ? { repair: true } : {}),
  }
}
