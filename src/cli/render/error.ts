import { FettleError } from '../../kernel/errors/index.ts'
import { messageOf } from '../../kernel/message-of.ts'
import type { Paint } from '../io.ts'
import { refWords } from './plan.ts'
import { plain, plural } from './text.ts'

interface Problem {
  readonly code?: string
  readonly ref?: string
  readonly message?: string
  readonly hint?: string | null
  readonly location?: string | null
}

/** An error for people: what, each problem with its place, what to do. */
export function renderError(error: unknown, paint: Paint): string {
  if (!(error instanceof FettleError))
    return `${paint.red('error')} ${plain(messageOf(error))}\n${isFileError(error) ? 'Look at this path: whether it is there, is a folder or a file as wanted, and may be used by you.\n' : ''}`
  const lines = [
    `${paint.red(`error ${error.code}`)}: ${headline(error)}`,
    ...problemLines(problemsOf(error), paint),
    plain(error.hint),
    ...(error.code === 'USAGE' ? [] : [paint.dim(`docs/errors.md#${error.code}${requestWords(error)}`)]),
  ]
  return `${lines.filter(line => line !== '').join('\n')}\n`
}

const isFileError = (error: unknown): boolean =>
  error instanceof Error &&
  'path' in error &&
  'code' in error &&
  ['ENOENT', 'ENOTDIR', 'EISDIR', 'EEXIST', 'EACCES', 'EPERM', 'EROFS'].includes(String(error.code))

/** `{"error": …}`, one line. */
export function errorJson(error: unknown): string {
  const told = error instanceof FettleError ? error : new FettleError('INTERNAL', messageOf(error))
  const { requestId, ...details } = told.details
  return `${JSON.stringify({ error: { ...told.toJSON(), details, ...(requestId === undefined ? {} : { requestId }) } })}\n`
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

/** The message, without the first problem in it where all of them are listed below. */
function headline(error: FettleError): string {
  const problems = problemsOf(error)
  if (!error.code.startsWith('DEFINITIONS_') || problems.length === 0) return plain(error.message)
  return `${plural(problems.length, 'problem')} in the definitions`
}

/** Problems under the file they are in, in the order of its lines; those without a place come first. */
function problemLines(problems: readonly Problem[], paint: Paint): string[] {
  const files = new Map<string, { readonly line: string; readonly problem: Problem }[]>()
  for (const problem of problems) {
    const { file, line } = placeOf(problem)
    files.set(file, [...(files.get(file) ?? []), { line, problem }])
  }
  return [...files]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([file, entries]) => [
      ...(file === '' ? [] : [paint.bold(plain(file))]),
      ...entries.sort((a, b) => Number(a.line) - Number(b.line)).flatMap(entry => problemText(file, entry)),
    ])
}

function placeOf({ location }: Problem): { readonly file: string; readonly line: string } {
  const [, file = location ?? '', line = ''] = /^(.*?):(\d+)(?::\d+)?$/.exec(location ?? '') ?? []
  return { file, line }
}

function problemText(file: string, { line, problem }: { line: string; problem: Problem }): string[] {
  const { ref, message = '', hint } = problem
  const place = line === '' ? '  - ' : `  ${file}:${line}  `
  const subject = ref === undefined ? '' : `${refWords(ref)}: `
  return [`${place}${plain(subject + message)}`, ...(hint ? [`      ${plain(hint)}`] : [])]
}
