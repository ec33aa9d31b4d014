import type { EvaluationReport, ModelManifest } from '../evaluation/index.ts'
import type { TrainingSetManifest } from '../features/index.ts'
import type { Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { Action, ActionContext, ObjectStore } from '../pipelines/index.ts'
import type { ModelFile, ModelVersion, SignatureField } from '../registry/index.ts'

/** What the registering step tells the control plane; each call is acknowledged once it resolves. */
export interface ModelRegistrar {
  /** Registering equal bytes and facts again gives the same version. */
  registerVersion(version: NewVersion): Promise<Pick<ModelVersion, 'model' | 'version' | 'digest'>>
  setAlias(change: {
    readonly model: string
    readonly alias: string
    readonly version: number
    readonly reason: string
  }): Promise<void>
  /** Files of a tracked run that are in the object store already. */
  addArtifacts(run: string, files: readonly ModelFile[]): Promise<void>
}

export type NewVersion = Omit<ModelVersion, 'version' | 'createdAt' | 'digest' | 'pipelineRun'> & {
  readonly description: string
}

export interface RegisterDependencies {
  readonly registrar: (context: ActionContext) => ModelRegistrar
  readonly objects: ObjectStore
  storeDirectory(objects: ObjectStore, folder: string): Promise<{ readonly files: readonly ModelFile[] }>
  readManifest(folder: string): Promise<ModelManifest>
}

interface RegisterParams {
  readonly model: string
  readonly description: string
  readonly metric: 'roc_auc' | 'pr_auc' | 'log_loss' | 'brier'
  readonly candidates: readonly string[]
  readonly features: readonly SignatureField[]
}

const lowerIsBetter: ReadonlySet<string> = new Set(['log_loss', 'brier'])

/** The candidate with the best metric; one whose metric is undefined never wins. Throws LABEL_ONE_CLASS when none has one. */
export function chooseBetter(
  metric: string,
  values: Readonly<Record<string, number | { readonly undefined: string }>>,
): string {
  const measured = Object.entries(values).filter(
    (entry): entry is [string, number] => typeof entry[1] === 'number',
  )
  const sign = lowerIsBetter.has(metric) ? 1 : -1
  const best = measured.sort(([nameA, a], [nameB, b]) => sign * (a - b) || (nameA < nameB ? -1 : 1))[0]
  if (!best)
    throw new FettleError(
      'LABEL_ONE_CLASS',
      `${metric} is undefined for every candidate, so none can be chosen`,
      { details: { values } },
    )
  return best[0]
}

/** 'registry.register': the better candidate becomes the next version of the model, and its challenger. */
export function registerAction(dependencies: RegisterDependencies): Action {
  return async context => {
    const params = context.params as unknown as RegisterParams
    const report = (name: string) => value<EvaluationReport>(context, `report_${name}`)
    const values = Object.fromEntries(
      params.candidates.map(name => [
        name,
        report(name).all.metrics[params.metric] ?? { undefined: 'not-measured' },
      ]),
    )
    const chosen = chooseBetter(params.metric, values)
    for (const name of params.candidates) context.log(`${name}: ${params.metric} ${show(values[name])}`)
    const version = await versionOf(context, { params, chosen, report: report(chosen) }, dependencies)
    const registrar = dependencies.registrar(context)
    const registered = await registrar.registerVersion(version)
    if (version.experimentRun) await registrar.addArtifacts(version.experimentRun, version.files)
    await registrar.setAlias({
      model: params.model,
      alias: 'challenger',
      version: registered.version,
      reason: `best ${params.metric} of ${params.candidates.join(', ')}`,
    })
    context.log(`registered ${params.model} version ${registered.version} (${chosen})`)
    return {
      version: {
        kind: 'json',
        value: {
          model: params.model,
          version: registered.version,
          digest: registered.digest,
          candidate: chosen,
          metric: params.metric,
          values: values as Json,
        },
      },
    }
  }
}

interface Chosen {
  readonly params: RegisterParams
  readonly chosen: string
  readonly report: EvaluationReport
}

async function versionOf(
  context: ActionContext,
  { params, chosen, report }: Chosen,
  { objects, storeDirectory, readManifest }: RegisterDependencies,
): Promise<NewVersion> {
  const folder = context.inputs[`model_${chosen}`]
  if (folder?.kind !== 'directory')
    throw new FettleError('STEP_OUTPUT_INVALID', `input model_${chosen} is no directory`)
  const manifest = await readManifest(folder.path)
  const wanted = params.features.map(field => field.name)
  const trained = manifest.inputs.map(field => field.name)
  if (wanted.join('\n') !== trained.join('\n')) {
    throw new FettleError(
      'SIGNATURE_MISMATCH',
      `candidate "${chosen}" was trained on other columns than the training set declares`,
      { details: { wanted, trained } },
    )
  }
  const set = value<TrainingSetManifest>(context, 'manifest')
  const summary = value<{ readonly experimentRun?: string }>(context, `summary_${chosen}`)
  return {
    model: params.model,
    description: params.description,
    experimentRun: summary.experimentRun ?? null,
    format: manifest.format,
    signature: { inputs: manifest.inputs, outputs: manifest.outputs },
    metrics: report.all.metrics,
    trainingSet: { id: set.id, checksum: set.checksum, rows: set.rows },
    environment: manifest.environment,
    files: (await storeDirectory(objects, folder.path)).files,
    evaluation: report as unknown as Json,
  }
}

function value<Shape>(context: ActionContext, name: string): Shape {
  const input = context.inputs[name]
  if (input?.kind !== 'json') throw new FettleError('STEP_OUTPUT_INVALID', `input "${name}" is no JSON value`)
  return input.value as unknown as Shape
}

function show(metric: unknown): string {
  return typeof metric === 'number' ? metric.toFixed(4) : `undefined (${JSON.stringify(metric)})`
}
