import type { Json } from '../kernel/canonical.ts'
import type { RunPlan, StepPlan } from '../pipelines/index.ts'
import type { RecordedTraining } from '../training/index.ts'
import { factOf } from './known.ts'
import type { ErasedRows, Ingredient, VersionManifest } from './model.ts'
import { defaultTolerance } from './verdict.ts'

/** What the comparing step is told. */
export interface CompareParams {
  readonly model: string
  readonly version: number
  readonly manifest: string
  readonly tolerance: number
  readonly ingredients: readonly Ingredient[]
  readonly erased: ErasedRows
  /** Split whose rows both models score. */
  readonly judge: string
  readonly label: string
  readonly features: TrainStep['features']
  readonly wanted: {
    readonly set: { readonly id: string; readonly checksum: string; readonly rows: number }
    readonly setFiles: readonly { readonly path: string; readonly hash: string }[]
    readonly files: readonly { readonly path: string; readonly hash: string }[]
    readonly evaluation: Json | null
  }
}

interface TrainStep {
  readonly experiment?: string
  readonly candidate: { readonly name: string }
  readonly label: string
  readonly features: readonly { readonly name: string; readonly type: string }[]
  readonly split: { readonly judge: string }
}

export interface RebuildRequest {
  readonly manifest: VersionManifest
  /** Hash of the manifest. */
  readonly hash: string
  readonly ingredients: readonly Ingredient[]
  readonly erased: ErasedRows
  /** Hash of the code that runs now. */
  readonly build: string
}

/** Pipeline of a model's reproductions. */
export const rebuildPipeline = (model: string): string => `${model}-rebuild`

/**
 * A run that makes a version again from its manifest: its training set from the definition as it was applied then, its
 * training in an environment of its own, its evaluation, and the comparison. Nothing of an earlier run is reused, and
 * nothing it makes is registered or remembered as a training set.
 */
export function rebuildPlan(request: RebuildRequest): RunPlan {
  const { manifest, build } = request
  const { model, version } = manifest.subject
  const steps = manifest.steps.map(step => againStep(step, request))
  return {
    schema: 1,
    pipeline: rebuildPipeline(model),
    title: `Reproduce ${model}@${version} and compare`,
    model,
    definition: request.hash,
    params: { model, version },
    reuse: 'never',
    seed: factOf(manifest.randomness.seed) ?? 0,
    steps: [...steps, compareStep(request, steps, build)],
  }
}

/** What is not among the copied steps (checks of data, the shared environment) is not waited for. */
function againStep(step: StepPlan, request: RebuildRequest): StepPlan {
  const action = step.body.kind === 'action' ? step.body.action : ''
  return {
    ...step,
    code: request.build,
    reusable: false,
    after: [],
    params: againParams(step, action, request),
  }
}

function againParams(step: StepPlan, action: string, { manifest }: RebuildRequest): Json {
  const params = step.params as { readonly [name: string]: Json }
  if (action === 'features.build-training-set') return { ...params, scratch: true }
  if (action !== 'training.train') return params
  const { model, version } = manifest.subject
  const { lock, packages, threads } = manifest.environment
  const { trainers, script } = manifest.code
  const file = factOf(lock)
  const again: RecordedTraining = {
    reproduces: `${model}@${version}`,
    threads: factOf(threads) ?? 1,
    python:
      file === undefined || file === null
        ? null
        : {
            lock: file.hash,
            packages: factOf(packages) ?? [],
            trainers: factOf(trainers) ?? [],
            script: factOf(script) ?? [],
          },
  }
  return { ...params, experiment: rebuildPipeline(model), again: again as unknown as Json }
}

function compareStep(request: RebuildRequest, steps: readonly StepPlan[], build: string): StepPlan {
  const { manifest } = request
  const train = stepOf(steps, 'training.train')
  const data = factOf(manifest.data)
  const { split, label, features } = train.params as unknown as TrainStep
  const params: CompareParams = {
    model: manifest.subject.model,
    version: manifest.subject.version,
    manifest: request.hash,
    tolerance: defaultTolerance,
    ingredients: request.ingredients,
    erased: request.erased,
    judge: split.judge,
    label,
    features,
    wanted: {
      set: { id: data?.id ?? '', checksum: data?.checksum ?? '', rows: data?.rows ?? 0 },
      setFiles: data?.files ?? [],
      files: manifest.outputs.files,
      evaluation: manifest.outputs.evaluation,
    },
  }
  return {
    id: 'compare',
    title: 'Compare what was made with what is registered',
    body: { kind: 'action', action: 'reproduction.compare' },
    code: build,
    environment: 'none',
    params: params as unknown as Json,
    inputs: {
      set: { from: 'training-set', output: 'set' },
      manifest: { from: 'training-set', output: 'manifest' },
      model: { from: train.id, output: 'model' },
      summary: { from: train.id, output: 'summary' },
      report: { from: stepOf(steps, 'training.evaluate').id, output: 'report' },
    },
    outputs: { report: 'json' },
    after: [],
    reusable: false,
    maxRuntime: '6h',
    retry: { infra: 5, user: 0 },
  }
}

function stepOf(steps: readonly StepPlan[], action: string): StepPlan {
  const found = steps.find(({ body }) => body.kind === 'action' && body.action === action)
  if (found === undefined) throw new Error(`the manifest has no step ${action}`)
  return found
}
