import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Action, ActionContext } from '../actions.ts'
import { checkOutputNames, jsonArtifact } from '../check-outputs.ts'
import type { StepErrorFile, StepSpec } from './attempt-folder.ts'
import { openHostPipes } from './host-pipes.ts'
import { reportError } from './report-error.ts'
import { ExitError, runCommand } from './run-command.ts'

/**
 * The body of a step's process: runs the action (or program) that `specPath` describes, writes output.json or
 * error.json, and ends the process. SIGTERM and the loss of the worker abort the action's signal.
 */
export async function runStepHost(
  specPath: string,
  actions: Readonly<Record<string, Action>>,
): Promise<never> {
  const spec = JSON.parse(readFileSync(specPath, 'utf8')) as StepSpec
  const abort = new AbortController()
  process.on('SIGTERM', () => abort.abort())
  const pipes = openHostPipes()
  const code = await runBody(spec, actions, hostContext(spec, pipes.progress, abort.signal))
  await pipes.close()
  process.exit(code)
}

async function runBody(
  spec: StepSpec,
  actions: Readonly<Record<string, Action>>,
  context: ActionContext,
): Promise<number> {
  try {
    const outputs = await bodyOf(spec, actions)(context)
    if (context.signal.aborted) return 143
    checkOutputNames(spec, outputs)
    for (const [name, output] of Object.entries(outputs))
      if (output.kind === 'json') jsonArtifact(name, output.value)
    writeWhole(spec.outputFile, { outputs })
    return 0
  } catch (error) {
    if (context.signal.aborted) return 143
    const report = reportError(error, spec.projectFolder)
    process.stderr.write(
      `${error instanceof Error && !(error instanceof FettleError) ? error.stack : `${report.code}: ${report.message}`}\n`,
    )
    if (error instanceof ExitError) return error.exitCode
    writeWhole(spec.errorFile, report satisfies StepErrorFile)
    return 1
  }
}

function bodyOf(spec: StepSpec, actions: Readonly<Record<string, Action>>): Action {
  const { body } = spec
  if (body.kind === 'command') return context => runCommand(spec, body, context.signal)
  const action = Object.hasOwn(actions, body.action) ? actions[body.action] : undefined
  if (action === undefined)
    throw new FettleError('PIPELINE_INVALID', `There is no action "${body.action}" (step "${spec.step}")`)
  return action
}

function hostContext(
  spec: StepSpec,
  progress: ActionContext['progress'],
  signal: AbortSignal,
): ActionContext {
  const { run, pipeline, step, attempt, seed, params, inputs, outputFolder, scratchFolder, projectFolder } =
    spec
  const log = (line: string): void => void process.stdout.write(`${line}\n`)
  return {
    run,
    pipeline,
    step,
    attempt,
    seed,
    params,
    inputs,
    outputFolder,
    scratchFolder,
    projectFolder,
    log,
    progress,
    signal,
  }
}

function writeWhole(path: string, value: unknown): void {
  writeFileSync(`${path}.part`, JSON.stringify(value))
  renameSync(`${path}.part`, path)
}
