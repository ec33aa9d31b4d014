import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Json } from '../../kernel/canonical.ts'
import type { ActionInput, ActionOutput } from '../actions.ts'
import type { ReportedError } from '../classify-error.ts'
import type { Artifact, StepPlan } from '../model.ts'
import type { Failure, JobHandle, LeasedStep } from '../ports.ts'

/** The files of one attempt's working folder. */
export interface AttemptFolder {
  readonly root: string
  /** Which attempt this is, and the process that runs it: read again after a crash of the worker. */
  readonly record: string
  readonly spec: string
  readonly inputs: string
  readonly outputs: string
  readonly scratch: string
  readonly stdout: string
  readonly stderr: string
  /** How far stdout and stderr were copied into the log. */
  readonly tail: string
  readonly output: string
  readonly error: string
  /** The attempt's end, written before it is told to the server. */
  readonly outcome: string
}

export function attemptFolder(root: string): AttemptFolder {
  return {
    root,
    record: join(root, 'record.json'),
    spec: join(root, 'spec.json'),
    inputs: join(root, 'inputs'),
    outputs: join(root, 'outputs'),
    scratch: join(root, 'scratch'),
    stdout: join(root, 'stdout'),
    stderr: join(root, 'stderr'),
    tail: join(root, 'tail.json'),
    output: join(root, 'output.json'),
    error: join(root, 'error.json'),
    outcome: join(root, 'outcome.json'),
  }
}

export interface AttemptRecord {
  readonly lease: LeasedStep
  /** Null until the process was started. */
  readonly handle: JobHandle | null
}

export type Outcome =
  | { readonly kind: 'publish'; readonly outputs: Readonly<Record<string, Artifact>> }
  | ({ readonly kind: 'fail' } & Failure)

/** What the step host is told: `spec.json`. */
export interface StepSpec {
  readonly run: string
  readonly pipeline: string
  readonly step: string
  readonly attempt: number
  readonly seed: number
  readonly body: StepPlan['body']
  readonly params: Json
  readonly inputs: Readonly<Record<string, ActionInput>>
  readonly outputs: StepPlan['outputs']
  readonly outputFolder: string
  readonly scratchFolder: string
  readonly projectFolder: string
  readonly outputFile: string
  readonly errorFile: string
}

/** What a step hands back: `output.json`. A hash is a claim, which is checked. */
export interface StepOutput {
  readonly outputs: Readonly<Record<string, ActionOutput & { readonly hash?: string }>>
}

export type StepErrorFile = ReportedError

/** Identity of an attempt: folder name, and mark of its processes. */
export function attemptKey(lease: {
  readonly run: string
  readonly step: string
  readonly attempt: number
  readonly token: number
}): string {
  return `${lease.run}.${lease.step}.${lease.attempt}.${lease.token}`
}

export async function createAttemptFolder(root: string): Promise<AttemptFolder> {
  const folder = attemptFolder(root)
  await rm(root, { recursive: true, force: true })
  for (const path of [folder.inputs, folder.outputs, folder.scratch]) await mkdir(path, { recursive: true })
  return folder
}

/** Whole or not at all. */
export async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(`${path}.part`, JSON.stringify(value))
  await rename(`${path}.part`, path)
}

/** Undefined if there is no such file, or it is not JSON. */
export async function readJson<Value>(path: string): Promise<Value | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Value
  } catch {
    return undefined
  }
}
