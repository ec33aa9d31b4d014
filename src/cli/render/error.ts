import { FettleError } from '../../kernel/errors/index.ts'
import type { Paint } from '../io.ts'
import { plain } from './text.ts'

interface Problem {
  readonly code?: string
  readonly message?: string
  readonly hint?: string | null
  readonly location?: string | null
}

/** An error for people: what, each problem with its place, what to do. */
export function renderError(error: unknown, paint: Paint): string {
  if (!(error instanceof FettleError)) return `${paint.red('error')} ${plain(messageOf(error))}\n`
  const lines = [
    `${paint.red(`error ${error.code}`)}: ${plain(error.message)}`,
    ...problemsOf(error).map(problemLine),
    plain(error.hint),
    ...(error.code === 'USAGE' ? [] : [paint.dim(`docs/errors.md#${error.code}${requestWords(error)}`)]),
  ]
  return `${lines.filter(line => line !== '').join('\n')}\n`
}

/** `{"error": …}`, one line. */
export function errorJson(error: unknown): string {
  const told = error instanceof FettleError ? error : new FettleError('INTERNAL', messageOf(error))
  const { requestId, ...details } = told.details
  return `${JSON.stringify({ error: { ...told.toJSON(), details, ...(requestId === undefined ? {} : { requestId }) } })}\n`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function requestWords({ details }: FettleError): string {
  const { requestId } = details
  return typeof requestId === 'string' ? ` · request ${requestId}` : ''
}

function problemsOf({ details }: FettleError): readonly Problem[] {
  const { problems } = details
  return Array.isArray(problems)
    ? (problems as Problem[]).filter(problem => typeof problem?.message === 'string')
    : []
}

function problemLine({ location, message = '', hint }: Problem): string {
  const place = location ? `${location}  ` : ''
  return `  - ${plain(place + message)}${hint ? ` ${plain(hint)}` : ''}`
}
