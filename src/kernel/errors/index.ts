import { apiErrors } from './api.ts'
import { definitionErrors } from './definitions.ts'
import { featureErrors } from './features.ts'
import { pipelineErrors } from './pipelines.ts'
import { platformErrors } from './platform.ts'
import { releaseErrors } from './releases.ts'
import { rolloutErrors } from './rollouts.ts'
import { servingErrors } from './serving.ts'
import { servingRequestErrors } from './serving-requests.ts'
import { trackingErrors } from './tracking.ts'
import { trainingErrors } from './training.ts'

/** One row of the catalogue. `status` is the HTTP status, `hint` says what to do next in general. */
export interface ErrorEntry {
  readonly status: number
  readonly title: string
  readonly hint: string
}

/** Every coded error of Fettle, by room. docs/errors.md is checked against this table. */
export const errorCatalogue = {
  ...platformErrors,
  ...definitionErrors,
  ...featureErrors,
  ...pipelineErrors,
  ...trainingErrors,
  ...trackingErrors,
  ...servingErrors,
  ...servingRequestErrors,
  ...releaseErrors,
  ...rolloutErrors,
  ...apiErrors,
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errorCatalogue

export interface FettleErrorOptions {
  /** What to do next, for this occurrence; defaults to the catalogue's hint. */
  readonly hint?: string
  /** Machine-readable facts: names, rows, limits. Never secrets, paths of other tenants, or stacks. */
  readonly details?: Readonly<Record<string, unknown>>
  readonly cause?: unknown
}

/**
 * The one error type for everything a caller can be told. `message` is one sentence: what was wrong,
 * where (name, row, column) and why. Anything thrown that is not a FettleError is a bug of ours.
 */
export class FettleError extends Error {
  readonly code: ErrorCode
  readonly status: number
  readonly hint: string
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, options: FettleErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'FettleError'
    this.code = code
    this.status = errorCatalogue[code].status
    this.hint = options.hint ?? errorCatalogue[code].hint
    this.details = options.details ?? {}
  }

  toJSON(): { code: string; message: string; hint: string; details: Readonly<Record<string, unknown>> } {
    return { code: this.code, message: this.message, hint: this.hint, details: this.details }
  }
}

/** True for an error of the given code (any code when omitted). */
export function isFettleError(error: unknown, code?: ErrorCode): error is FettleError {
  return error instanceof FettleError && (code === undefined || error.code === code)
}
