import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { type ErrorCode, errorCatalogue, FettleError } from '../kernel/errors/index.ts'
import { followMetrics } from './follow-metrics.ts'
import { splitColumn } from './model.ts'
import type { PythonEnvironment } from './ports.ts'
import { type ProcessEnd, runProcess } from './run-process.ts'
import type { TrainerCall } from './trainer.ts'

export interface PythonTrainerOptions {
  readonly environment: PythonEnvironment
  /** Folder of the package fettle_trainers. */
  readonly pythonFolder: string
  /** Threads a trainer may use. */
  readonly threads: number
  /** Where a script of the project is read from; the project's folder when left out. */
  readonly scriptFolder?: string
}

/** Runs a Python trainer by the trainer contract (docs/trainers.md); its lines go to the step's log. */
export async function runPythonTrainer(call: TrainerCall, options: PythonTrainerOptions): Promise<void> {
  const { context } = call
  const input = join(context.scratchFolder, 'input.json')
  await mkdir(context.scratchFolder, { recursive: true })
  await mkdir(call.output, { recursive: true })
  await writeFile(input, JSON.stringify(trainerInput(call, options.environment)))
  const metrics = followMetrics(join(call.output, 'metrics.ndjson'), points => call.logMetrics(points))
  let end: ProcessEnd
  try {
    end = await runProcess({
      command: options.environment.python,
      args: [...programOf(call, options), '--input', input, '--output', call.output],
      cwd: context.projectFolder,
      env: trainerEnvironment(options),
      onLine: line => context.log(line),
      onProgress: update => context.progress(update),
      signal: context.signal,
    })
  } finally {
    await metrics.finish()
  }
  if (end.exitCode !== 0) throw await trainerFailure(call, end)
}

function trainerInput(call: TrainerCall, environment: PythonEnvironment): object {
  const { data, params, context } = call
  return {
    schema: 1,
    dataset: data,
    features: params.features,
    label: params.label,
    split: { column: splitColumn, ...params.split },
    task: params.task,
    params: params.candidate.params,
    seed: context.seed,
    environment: { id: environment.id, lock: environment.lock },
  }
}

function programOf(
  { params, context }: TrainerCall,
  { scriptFolder }: PythonTrainerOptions,
): readonly string[] {
  const { trainer } = params.candidate
  return trainer.kind === 'script'
    ? [resolve(scriptFolder ?? context.projectFolder, trainer.path)]
    : ['-m', `fettle_trainers.${trainer.name}`]
}

function trainerEnvironment({ environment, pythonFolder, threads }: PythonTrainerOptions): NodeJS.ProcessEnv {
  const count = String(threads)
  return {
    ...process.env,
    PYTHONPATH: pythonFolder,
    PYTHONNOUSERSITE: '1',
    // Compiled once, beside the environment and not in the installed package's folder.
    PYTHONPYCACHEPREFIX: join(dirname(environment.python), '..', 'pycache'),
    PYTHONUNBUFFERED: '1',
    PYTHONHASHSEED: '0',
    PYTHONUTF8: '1',
    TZ: 'UTC',
    FETTLE_THREADS: count,
    OMP_NUM_THREADS: count,
    OPENBLAS_NUM_THREADS: count,
  }
}

/** The trainer's own error.json if it wrote one, else its last lines. */
async function trainerFailure(call: TrainerCall, end: ProcessEnd): Promise<FettleError> {
  const reported = await readFile(join(call.output, 'error.json'), 'utf8')
    .then(text => JSON.parse(text) as Record<string, unknown>)
    .catch(() => ({}) as Record<string, unknown>)
  const { code, message, details } = reported
  const known = typeof code === 'string' && code in errorCatalogue ? (code as ErrorCode) : 'TRAINER_FAILED'
  const how = end.signal ? `was ended by ${end.signal}` : `ended with exit code ${end.exitCode}`
  const last = end.tail.findLast(line => line.trim() !== '') ?? 'it printed nothing'
  const text =
    typeof message === 'string'
      ? message
      : `Trainer ${call.params.candidate.name} ${how}: ${last.slice(0, 300)}`
  return new FettleError(known, text, {
    details: {
      ...(typeof details === 'object' ? details : {}),
      exitCode: end.exitCode,
      signal: end.signal,
      tail: end.tail,
    },
  })
}
