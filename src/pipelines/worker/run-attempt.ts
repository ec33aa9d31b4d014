import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { parseDuration } from '../../kernel/time.ts'
import { classifyEnd } from '../classify-error.ts'
import { prepareLog } from '../logs.ts'
import type { Failure, JobEnd, JobHandle, LeasedStep, ProgressUpdate } from '../ports.ts'
import {
  type AttemptFolder,
  attemptKey,
  createAttemptFolder,
  type Outcome,
  readJson,
  type StepErrorFile,
  type StepSpec,
  writeJson,
} from './attempt-folder.ts'
import { collectOutputs } from './collect-outputs.ts'
import { deliver, failureOf, isFinal } from './deliver.ts'
import { createLogCollector, type LogCollector } from './log-collector.ts'
import { materialiseInputs } from './materialise-inputs.ts'
import { stepEnvironment } from './step-environment.ts'
import { superviseAttempt } from './supervise.ts'
import type { WorkerOptions } from './worker.ts'

type StopReason = 'cancel' | 'stale' | 'timeout' | 'shutdown'

/** One attempt while it runs. */
interface Running {
  readonly options: WorkerOptions
  readonly lease: LeasedStep
  readonly folder: AttemptFolder
  readonly log: LogCollector
  stopped: StopReason | null
  handle: JobHandle | null
  stop(reason: StopReason): void
  progress(update: ProgressUpdate): void
}

const collectEveryMs = 100
const shutdownGraceMs = 3_000
const longestTimerMs = 2 ** 31 - 1

/** Runs a leased step to its end, tells the server, and cleans up. What goes wrong is the attempt's end. */
export async function runAttempt(
  options: WorkerOptions,
  workFolder: string,
  lease: LeasedStep,
): Promise<void> {
  const root = join(workFolder, attemptKey(lease))
  const prepared = await prepare(options, root, lease).catch(async (error: unknown) => {
    await deliver(options.control, lease, { kind: 'fail', ...failureOf(error) }, options.signal)
    await rm(root, { recursive: true, force: true })
  })
  if (prepared === undefined) return
  const running = newRunning({ options, lease, ...prepared })
  const supervisor = superviseAttempt(options.control, {
    ref: lease,
    heartbeatMs: lease.heartbeatMs,
    onStop: running.stop,
  })
  running.progress = supervisor.progress
  const onShutdown = (): void => running.stop('shutdown')
  options.signal.addEventListener('abort', onShutdown)
  const outcome = await attemptOutcome(running).catch((error: unknown) => endAfterFault(running, error))
  await running.log.finish().catch(() => {})
  options.signal.removeEventListener('abort', onShutdown)
  await finish(running, outcome).finally(() => supervisor.stop())
}

async function prepare(
  options: WorkerOptions,
  root: string,
  lease: LeasedStep,
): Promise<Pick<Running, 'folder' | 'log'>> {
  const folder = await createAttemptFolder(root)
  await writeJson(folder.record, { lease, handle: null })
  const path = await prepareLog(options.logFolder, lease)
  return { folder, log: await createLogCollector({ path, folder, clock: options.clock }) }
}

function newRunning(parts: Pick<Running, 'options' | 'lease' | 'folder' | 'log'>): Running {
  const running: Running = {
    ...parts,
    stopped: null,
    handle: null,
    progress: () => {},
    stop: reason => {
      if (running.stopped !== null) return
      running.stopped = reason
      if (running.handle !== null) void endJob(running, running.handle)
    },
  }
  return running
}

function endJob({ options, stopped }: Running, handle: JobHandle): Promise<void> {
  const graces: Record<StopReason, number> = {
    cancel: options.graceMs ?? 30_000,
    timeout: options.graceMs ?? 30_000,
    stale: 0,
    shutdown: Math.min(options.graceMs ?? 30_000, shutdownGraceMs),
  }
  return options.executor.cancel(handle, graces[stopped ?? 'cancel'])
}

/** Undefined when there is nothing to tell: the attempt is not ours any more. */
async function attemptOutcome(running: Running): Promise<Outcome | undefined> {
  const { options, lease, folder, log } = running
  const inputs = await materialiseInputs(options.objects, folder.inputs, lease.inputs)
  await writeJson(folder.spec, stepSpec(running, inputs))
  await log.system(`attempt ${lease.attempt} of ${lease.step} begins on ${options.name}`)
  const end = await runJob(running)
  await log.collect()
  if (running.stopped === 'stale') return undefined
  const whole = end.exitCode === 0 && (running.stopped === null || running.stopped === 'shutdown')
  if (running.stopped === 'shutdown' && !whole)
    return { kind: 'fail', outcome: 'released', errorClass: null, error: null }
  await log.system(end.signal === null ? `ended with exit code ${end.exitCode}` : `ended by ${end.signal}`)
  if (whole) return { kind: 'publish', outputs: await collectOutputs(options.objects, folder, lease.plan) }
  const reported = (await readJson<StepErrorFile>(folder.error)) ?? null
  return failed(
    log,
    classifyEnd({
      stopped: running.stopped === 'shutdown' ? null : running.stopped,
      maxRuntime: lease.plan.maxRuntime,
      reported,
      end,
    }),
  )
}

async function failed(log: LogCollector, failure: Failure): Promise<Outcome> {
  // On a full disk the log cannot say so; the server can.
  if (failure.error !== null)
    await log.system(`${failure.error.code}: ${failure.error.message}`).catch(() => {})
  return { kind: 'fail', ...failure }
}

async function endAfterFault(running: Running, error: unknown): Promise<Outcome | undefined> {
  if (running.handle !== null) await running.options.executor.cancel(running.handle, 0)
  if (isFinal(error)) return undefined
  return failed(running.log, failureOf(error))
}

async function runJob(running: Running): Promise<JobEnd> {
  const { options, lease, folder, log } = running
  if (running.stopped !== null) return { exitCode: null, signal: 'SIGTERM', outOfMemory: false }
  const handle = await options.executor.submit({
    key: attemptKey(lease),
    argv: options.hostCommand(folder.spec),
    cwd: folder.scratch,
    env: { ...stepEnvironment(options.environment, folder.scratch), ...options.hostEnvironment },
    stdout: folder.stdout,
    stderr: folder.stderr,
    onMessage: line => readProgress(running, line),
  })
  running.handle = handle
  await writeJson(folder.record, { lease, handle })
  if (running.stopped !== null) void endJob(running, handle)
  const maxMs = Math.min(Number(parseDuration(lease.plan.maxRuntime) / 1000n), longestTimerMs)
  const timeout = setTimeout(() => running.stop('timeout'), maxMs)
  const collecting = setInterval(() => void log.collect().catch(() => {}), collectEveryMs)
  try {
    return await options.executor.wait(handle)
  } finally {
    clearTimeout(timeout)
    clearInterval(collecting)
  }
}

function readProgress(running: Running, line: string): void {
  try {
    const { done, total, unit, message } = JSON.parse(line) as ProgressUpdate
    if (typeof done === 'number' && Number.isFinite(done))
      running.progress({ done, total: total ?? null, unit: String(unit), message: String(message) })
  } catch {
    // A step may write anything to the pipe; what is no progress is not ours to judge.
  }
}

function stepSpec({ options, lease, folder }: Running, inputs: StepSpec['inputs']): StepSpec {
  const { run, pipeline, step, attempt, seed, plan } = lease
  return {
    run,
    pipeline,
    step,
    attempt,
    seed,
    body: plan.body,
    params: plan.params,
    outputs: plan.outputs,
    inputs,
    outputFolder: folder.outputs,
    scratchFolder: folder.scratch,
    projectFolder: options.projectFolder,
    outputFile: folder.output,
    errorFile: folder.error,
  }
}

/** Tells the outcome, which is on disk before, and removes the folder once it is told. */
async function finish({ options, lease, folder }: Running, outcome: Outcome | undefined): Promise<void> {
  if (outcome !== undefined) {
    await writeJson(folder.outcome, outcome).catch(() => {})
    if (!(await deliver(options.control, lease, outcome, options.signal))) return
  }
  await rm(folder.root, { recursive: true, force: true })
}
