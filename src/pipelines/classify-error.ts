import type { ErrorClass, StepError } from './model.ts'
import type { Failure, JobEnd } from './ports.ts'

/** What a step's process left behind when it failed: `error.json`. */
export interface ReportedError extends StepError {
  readonly errorClass: ErrorClass | null
}

export interface EndedStep {
  /** Why we stopped it ourselves, if we did. */
  readonly stopped: 'cancel' | 'timeout' | null
  readonly maxRuntime: string
  readonly reported: ReportedError | null
  readonly end: JobEnd
}

/** Codes of errors whose owner is not the step's: data owners, or the platform. The rest is the step's. */
const classByCode: Readonly<Record<string, ErrorClass>> = {
  SOURCE_BAD_VALUE: 'data',
  SOURCE_UNREADABLE: 'data',
  SCHEMA_MISMATCH: 'data',
  COLUMN_MISSING: 'data',
  EMPTY_SPINE: 'data',
  NO_ROWS_LEFT: 'data',
  LABEL_ONE_CLASS: 'data',
  CHECK_FAILED: 'data',
  CHECK_INCONCLUSIVE: 'data',
  SPINE_TIME_NULL: 'data',
  SOURCE_CHANGED: 'infra',
  STORE_UNAVAILABLE: 'infra',
  ENGINE_UNAVAILABLE: 'infra',
  SERVER_UNREACHABLE: 'infra',
  DISK_FULL: 'infra',
  OBJECT_UNKNOWN: 'infra',
  OBJECT_CORRUPT: 'infra',
  INTERNAL: 'bug',
}

/** The class of a coded error. */
export function classOfCode(code: string): ErrorClass {
  return classByCode[code] ?? 'user'
}

/** The first rule that applies: our own stop, what the step reported, its exit code, its signal. */
export function classifyEnd(ended: EndedStep): Failure {
  if (ended.stopped === 'cancel') return { outcome: 'cancelled', errorClass: null, error: null }
  if (ended.stopped === 'timeout') return timedOut(ended.maxRuntime)
  if (ended.reported !== null) return reported(ended.reported)
  return ended.end.signal === null
    ? exited(ended.end.exitCode ?? 1)
    : killed(ended.end.signal, ended.end.outOfMemory)
}

function timedOut(maxRuntime: string): Failure {
  const error = stepError(
    'STEP_TIMED_OUT',
    `The step ran longer than its maxRuntime of ${maxRuntime}`,
    'Raise maxRuntime or make the step smaller.',
  )
  return { outcome: 'timed_out', errorClass: 'timeout', error }
}

function reported({ errorClass, ...error }: ReportedError): Failure {
  return { outcome: 'failed', errorClass: errorClass ?? classOfCode(error.code), error }
}

/** Exit codes of sysexits(3) that say whose fault it was. */
const classByExit: Readonly<Record<number, ErrorClass>> = { 65: 'data', 69: 'infra', 75: 'infra', 78: 'user' }

function exited(code: number): Failure {
  const error = stepError(
    'STEP_FAILED',
    `The step's process ended with exit code ${code}`,
    'Read the end of its log: fettle logs RUN STEP.',
    { exitCode: code },
  )
  return { outcome: 'failed', errorClass: classByExit[code] ?? 'user', error }
}

function killed(signal: string, outOfMemory: boolean): Failure {
  if (outOfMemory) {
    const error = stepError(
      'STEP_OUT_OF_MEMORY',
      'The system killed the step for using too much memory',
      'Give it less data or a machine with more memory.',
      { signal },
    )
    return { outcome: 'failed', errorClass: 'user', error }
  }
  const error = stepError(
    'STEP_FAILED',
    `The step's process was ended by ${signal}`,
    'Read the end of its log: fettle logs RUN STEP.',
    { signal },
  )
  return { outcome: 'failed', errorClass: signal === 'SIGKILL' ? 'infra' : 'user', error }
}

function stepError(
  code: string,
  message: string,
  hint: string,
  details: StepError['details'] = {},
): StepError {
  return { code, message, hint, details }
}
