import { join } from 'node:path'
import { type ModelManifest, readModelManifest, type SelfTestResult, selfTest } from '../evaluation/index.ts'
import type { Json } from '../kernel/canonical.ts'
import { FettleError, isFettleError } from '../kernel/errors/index.ts'
import type { Action, ActionContext } from '../pipelines/index.ts'
import type { TrainingDependencies } from './actions.ts'
import { runExternalTrainer } from './external/trainer.ts'
import { restoreTrainer } from './from-record.ts'
import { keepBackground } from './keep-background.ts'
import { runLogisticTrainer } from './logistic/trainer.ts'
import { thisMachine } from './machine.ts'
import type { TrainParams, TrainSummary } from './model.ts'
import type { TrainingTracker } from './ports.ts'
import { prepareEnvironment } from './prepare-environment.ts'
import { runPythonTrainer } from './python-trainer.ts'
import type { TrainerCall } from './trainer.ts'
import { openTrainingData } from './training-data.ts'

/**
 * Trains one candidate as a tracked run, then scores the self-test with the exported files in this process.
 * Input `set`; outputs `model` (folder) and `summary`. On failure the tracked run ends as failed, on cancel as killed.
 */
export function trainAction(dependencies: TrainingDependencies): Action {
  return async context => {
    const params = context.params as unknown as TrainParams
    const data = await openTrainingData(context.inputs['set'])
    const tracker = dependencies.tracking(context)
    const trainer = trainerName(params)
    const run = await tracker.startRun({
      experiment: params.experiment ?? context.pipeline,
      name: params.candidate.name,
      trainingSet: data.id,
      tags: {
        'fettle.trainer': trainer,
        'fettle.dataset.checksum': data.checksum,
        ...(params.again === undefined ? {} : { 'fettle.reproduces': params.again.reproduces }),
      },
    })
    const call: TrainerCall = {
      context,
      params,
      data,
      output: join(context.outputFolder, 'model'),
      logMetrics: metrics => tracker.log(run.id, { metrics }),
    }
    return tracked({ tracker, run: run.id, context }, async () => {
      await tracker.log(run.id, { params: trackedParams(params, context) })
      const started = performance.now()
      const prepared = await runTrainer(call, dependencies)
      const { manifest, tested } = await verify(call, dependencies)
      await keepBackground(call, manifest.format, dependencies.columns)
      const summary: TrainSummary = {
        candidate: params.candidate.name,
        trainer,
        experimentRun: run.id,
        format: manifest.format,
        trainingSet: { id: data.id, checksum: data.checksum, rows: data.rows },
        metrics: manifest.metrics,
        parity: manifest.parity,
        selfTest: tested,
        environment: manifest.environment,
        machine: thisMachine(),
        threads: threadsOf(params, dependencies),
        seed: context.seed,
        switches: manifest.switches ?? {},
        seconds: Math.round(performance.now() - started) / 1000,
        ...(prepared === undefined ? {} : { environmentSeconds: prepared }),
      }
      return {
        model: { kind: 'directory', path: 'model' },
        summary: { kind: 'json', value: summary as unknown as Json },
      }
    })
  }
}

function trainerName({ candidate }: TrainParams): string {
  const { trainer } = candidate
  return trainer.kind === 'script' ? `script:${trainer.path}` : `${trainer.kind}:${trainer.name}`
}

function trackedParams(params: TrainParams, context: ActionContext): Record<string, string> {
  const own = Object.entries(params.candidate.params).map(([name, value]) => [name, String(value)])
  return { ...Object.fromEntries(own), seed: String(context.seed), features: String(params.features.length) }
}

async function tracked<Result>(
  to: { tracker: TrainingTracker; run: string; context: ActionContext },
  work: () => Promise<Result>,
): Promise<Result> {
  const { tracker, run, context } = to
  try {
    const result = await work()
    await tracker.finish(run, 'finished')
    return result
  } catch (error) {
    const code = isFettleError(error) ? error.code : 'INTERNAL'
    await tracker
      .log(run, { tags: { 'fettle.error': code } })
      .then(() => tracker.finish(run, context.signal.aborted ? 'killed' : 'failed'))
      .catch(failure =>
        context.log(
          `The tracked run ${run} could not be ended: ${failure instanceof Error ? failure.message : failure}`,
        ),
      )
    throw error
  }
}

/** Seconds of making an environment for this training alone; undefined where the kept one was taken. */
async function runTrainer(
  call: TrainerCall,
  dependencies: TrainingDependencies,
): Promise<number | undefined> {
  const threads = threadsOf(call.params, dependencies)
  const { trainer } = call.params.candidate
  if (trainer.kind === 'builtin') {
    if (trainer.name === 'external') await runExternalTrainer(call, dependencies)
    else await runLogisticTrainer(call, dependencies.columns)
    return undefined
  }
  const recorded = call.params.again?.python
  if (recorded) {
    const { seconds, ...restored } = await restoreTrainer(call.context, recorded, dependencies)
    await runPythonTrainer(call, { ...restored, threads })
    return seconds
  }
  const environment = await prepareEnvironment(call.context, dependencies)
  await runPythonTrainer(call, { environment, pythonFolder: dependencies.pythonFolder, threads })
  return undefined
}

function threadsOf({ again }: TrainParams, { threads = 2 }: TrainingDependencies): number {
  return again?.threads ?? threads
}

/** The folder follows the contract, takes the vector that was asked for, and scores its own self-test. */
async function verify(
  call: TrainerCall,
  { scorers }: TrainingDependencies,
): Promise<{ manifest: ModelManifest; tested: SelfTestResult & { scorer: string } }> {
  const manifest = await readModelManifest(call.output)
  const wanted = call.params.features.map(feature => feature.name).join(', ')
  const found = manifest.inputs.map(input => input.name).join(', ')
  if (wanted !== found)
    throw new FettleError('SIGNATURE_MISMATCH', `The model takes ${found}; it was to be trained on ${wanted}`)
  const scorer = await scorers.open({
    folder: call.output,
    format: manifest.format,
    inputs: manifest.inputs.length,
  })
  try {
    const result = await selfTest(scorer, manifest.selfTest, manifest.tolerance)
    call.context.log(
      `Self-test: ${result.vectors} vectors through ${scorer.build}, largest difference ${result.maxAbsDiff.toExponential(2)}`,
    )
    return { manifest, tested: { scorer: scorer.build, ...result } }
  } finally {
    await scorer.close()
  }
}
