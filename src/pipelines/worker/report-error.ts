import { FettleError } from '../../kernel/errors/index.ts'
import type { ReportedError } from '../classify-error.ts'
import type { ErrorClass } from '../model.ts'

const errorClasses: readonly ErrorClass[] = ['infra', 'capacity', 'user', 'data', 'timeout', 'bug']

/**
 * What error.json says of something thrown. Coded errors keep their code; for others the first frame tells whose code
 * threw: below the project folder it is the user's, else it is a bug of ours.
 */
export function reportError(error: unknown, projectFolder: string): ReportedError {
  if (error instanceof FettleError) return { ...error.toJSON(), errorClass: toldClass(error) }
  const thrown = error instanceof Error ? error : new Error(String(error))
  const { code } = thrown as NodeJS.ErrnoException
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return { ...new FettleError('DISK_FULL', 'The disk is full').toJSON(), errorClass: 'infra' }
  const frame = firstFrame(thrown)
  const users = frame?.includes(projectFolder) === true && !frame.includes('node_modules')
  const coded = new FettleError(users ? 'STEP_FAILED' : 'INTERNAL', `${thrown.name}: ${thrown.message}`, {
    details: { frame: frame ?? null },
  })
  return { ...coded.toJSON(), errorClass: users ? 'user' : 'bug' }
}

/** A code such as ENVIRONMENT_FAILED can be anybody's fault: whoever threw it may say so in `details.errorClass`. */
function toldClass({ details }: FettleError): ErrorClass | null {
  return errorClasses.find(each => each === details['errorClass']) ?? null
}

/** The first line of the stack that is not of Node itself. */
function firstFrame(error: Error): string | undefined {
  const frames = (error.stack ?? '').split('\n').filter(line => /^\s+at /.test(line))
  return frames.find(line => !line.includes('node:'))?.trim()
}
