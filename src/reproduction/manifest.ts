import type { EvaluationReport } from '../evaluation/index.ts'
import type { TrainingSetClosure, TrainingSetManifest } from '../features/index.ts'
import { contentHash, type Json } from '../kernel/canonical.ts'
import type { FileEntry, PipelineRun, StepRecord } from '../pipelines/index.ts'
import type { ModelVersion } from '../registry/index.ts'
import type { TrainParams, TrainSummary } from '../training/index.ts'
import { known, unavailable } from './known.ts'
import type { CodePart, DataPart, EnvironmentPart, Known, RunOrigin, VersionManifest } from './model.ts'

/** A version with what is remembered of how it came to be; without a run almost nothing is. */
export interface VersionFacts {
  readonly version: ModelVersion
  readonly run: PipelineRun | undefined
  readonly origin: RunOrigin | undefined
  /** Releases that keep its ingredients. */
  readonly holders: readonly string[]
}

const noSignature = 'it was registered without one'
const byHand = 'it was registered without a pipeline run'

/** The manifest of a version (tracking.md §8.1); what nobody knows is said to be unavailable, with the reason. */
export function versionManifest({ version, run, origin, holders }: VersionFacts): VersionManifest {
  const made = run && madeBy(run, version)
  const why = run === undefined ? byHand : 'its run has no step that trained it'
  const { evaluation } = version
  const report = evaluation as unknown as EvaluationReport | null
  return {
    schema: 1,
    subject: { model: version.model, version: version.version, digest: version.digest },
    data: made?.build ? dataPart(made.build) : unavailable(why),
    code: codePart({ made, origin, why }),
    environment: environmentPart({ made, origin, why }),
    randomness: {
      seed: known(run?.plan.seed, why),
      switches: known(made?.summary.switches, why),
      order: made ? 'rows in the order of __row' : unavailable(why),
    },
    parameters: {
      values: known(made?.params.candidate.params as Json | undefined, why),
      features: known(version.signature?.inputs, noSignature),
    },
    outputs: {
      files: version.files,
      tree: contentHash(sortedFiles(version.files) as unknown as Json),
      metrics: version.metrics,
      measuredOn: known(version.trainingSet?.checksum, 'it names no training set'),
      evaluation,
      thresholds: known(report?.thresholds as Json | undefined, 'it was not evaluated'),
      calibration: known(report?.calibration as Json | undefined, 'it was not evaluated'),
      signature: known(version.signature ?? undefined, noSignature),
    },
    retention: {
      until: unavailable('nothing is collected yet: ingredients are kept for ever'),
      holders,
    },
    steps: made ? made.steps.map(each => each.plan) : [],
    run: run?.id ?? null,
  }
}

function sortedFiles<File extends { readonly path: string }>(files: readonly File[]): readonly File[] {
  return [...files].sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0))
}

interface Made {
  readonly steps: readonly StepRecord[]
  readonly build: StepRecord | undefined
  readonly train: StepRecord
  readonly params: TrainParams
  readonly summary: TrainSummary
  /** Output of the step that made the Python environment. */
  readonly environment: Json | undefined
}

/** The step of a run that trained a version: the one whose tracked run the version names. */
export function trainedBy(run: PipelineRun, version: ModelVersion): StepRecord | undefined {
  return run.steps.find(
    step =>
      actionOf(step) === 'training.train' &&
      (jsonOutput(step, 'summary') as { experimentRun?: string } | undefined)?.experimentRun ===
        version.experimentRun,
  )
}

/** The training of a version, with what it read and what judged it. */
function madeBy(run: PipelineRun, version: ModelVersion): Made | undefined {
  const train = trainedBy(run, version)
  if (train === undefined) return undefined
  const build = run.steps.find(step => step.plan.id === train.plan.inputs['set']?.from)
  const evaluate = run.steps.find(
    step => actionOf(step) === 'training.evaluate' && step.plan.inputs['model']?.from === train.plan.id,
  )
  const prepare = run.steps.find(step => actionOf(step) === 'training.prepare-environment')
  return {
    steps: [build, train, evaluate].filter(step => step !== undefined),
    build,
    train,
    params: train.plan.params as unknown as TrainParams,
    summary: jsonOutput(train, 'summary') as unknown as TrainSummary,
    environment: prepare && jsonOutput(prepare, 'environment'),
  }
}

export function actionOf({ plan }: Pick<StepRecord, 'plan'>): string | undefined {
  return plan.body.kind === 'action' ? plan.body.action : undefined
}

export function jsonOutput(step: StepRecord, name: string): Json | undefined {
  const output = step.outputs[name]
  return output?.kind === 'json' ? output.value : undefined
}

function dataPart(build: StepRecord): Known<DataPart> {
  const set = jsonOutput(build, 'manifest') as unknown as TrainingSetManifest | undefined
  if (set === undefined) return unavailable('the step that built it left no manifest')
  const { closure } = build.plan.params as unknown as { readonly closure: TrainingSetClosure }
  return {
    id: set.id,
    name: set.name,
    checksum: set.checksum,
    rows: set.rows,
    asOf: set.asOf,
    engine: set.engine,
    sources: set.sources,
    views: closure.views.map(({ name, version }) => ({ name, version })),
    label: closure.trainingSet.label as unknown as Json,
    splits: closure.trainingSet.splits as unknown as Json,
    files: set.files.map(({ path, bytes, sha256 }) => ({ path, bytes, hash: `sha256:${sha256}` })),
  }
}

interface Parts {
  readonly made: Made | undefined
  readonly origin: RunOrigin | undefined
  readonly why: string
}

function codePart({ made, origin, why }: Parts): CodePart {
  const lost = made === undefined ? why : 'its run was started before this was recorded'
  const trainer = made?.params.candidate.trainer
  const python = trainer !== undefined && trainer.kind !== 'builtin'
  return {
    repository: origin?.repository ?? unavailable(lost),
    commit: origin?.commit ?? unavailable(lost),
    dirty: origin === undefined ? unavailable(lost) : origin.dirty,
    build: known(origin?.build ?? made?.train.plan.code, lost),
    entry: trainer === undefined ? unavailable(why) : entryOf(trainer),
    arguments: known(made?.train.plan.params, why),
    trainers: python ? (origin?.trainers ?? unavailable(lost)) : made ? [] : unavailable(why),
    script:
      trainer?.kind === 'script'
        ? (origin?.scripts[made?.params.candidate.name ?? ''] ?? unavailable(lost))
        : made
          ? null
          : unavailable(why),
  }
}

function entryOf(trainer: TrainParams['candidate']['trainer']): string {
  if (trainer.kind === 'script') return `python ${trainer.path}`
  return trainer.kind === 'builtin'
    ? `action training.train (${trainer.name})`
    : `python -m fettle_trainers.${trainer.name}`
}

const onTheProcessor = 'training runs on the processor; no accelerator is used'

function environmentPart({ made, origin, why }: Parts): EnvironmentPart {
  const trained = (made?.summary.environment ?? {}) as {
    readonly id?: string
    readonly interpreter?: string
    readonly platform?: string
    readonly blas?: string
  }
  const python = made !== undefined && made.params.candidate.trainer.kind !== 'builtin'
  const lost = made === undefined ? why : 'its run was started before this was recorded'
  return {
    id: python ? known(trained.id, lost) : made ? 'none' : unavailable(why),
    lock: python ? (origin?.lock ?? unavailable(lost)) : made ? null : unavailable(why),
    packages: python ? packagesOf(made.environment) : made ? [] : unavailable(why),
    interpreter: known(trained.interpreter, why),
    platform: known(trained.platform, why),
    machine: known(made?.summary.machine, lost),
    threads: known(made?.summary.threads, lost),
    blas: known(trained.blas, python ? lost : 'this trainer uses none'),
    image: unavailable('it ran outside a container; interpreter, platform and lock say what was installed'),
    gpu: unavailable(onTheProcessor),
    driver: unavailable(onTheProcessor),
    cuda: unavailable(onTheProcessor),
  }
}

function packagesOf(environment: Json | undefined): Known<readonly FileEntry[]> {
  const files = (environment as { readonly files?: Known<readonly FileEntry[]> } | undefined)?.files
  return files ?? unavailable('the package files were not kept')
}
