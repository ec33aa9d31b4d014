import { resolve } from 'node:path'
import type { SourceData } from '../../../definitions/model.ts'
import { type ErrorCode, FettleError } from '../../../kernel/errors/index.ts'
import { messageOf } from '../../../kernel/message-of.ts'

const outOfSpace =
  /out of memory|no space left|failed to (offload|allocate)|max_temp_directory_size|could not write/i
const unreadable =
  /no files found|cannot open file|could not open|permission denied|no such file|is a directory|does not exist|permission error: cannot access/i
const badFile =
  /parquet|invalid (unicode|utf-?8)|snappy|zstd|gzip|magic bytes|truncated|file is too small|csv error|out of range|conversion error|invalid input|don't know what type|TProtocol/i

/** What a failure of DuckDB means to a person: space, a file that cannot be read, a file that is damaged. */
export function engineError(
  error: unknown,
  what: string,
  limits: Readonly<Record<string, string>> = {},
): Error {
  if (error instanceof FettleError) return error
  const message = messageOf(error)
  const line = message.split('\n')[0]?.slice(0, 300) ?? ''
  if (outOfSpace.test(message))
    return new FettleError('OUT_OF_SPACE', `${what} ran out of memory or disk${limitText(limits)}: ${line}`, {
      cause: error,
      details: { ...limits },
    })
  return error instanceof Error ? error : new Error(message)
}

function limitText(limits: Readonly<Record<string, string>>): string {
  const named = Object.entries(limits).map(([name, limit]) => `${name} ${limit}`)
  return named.length === 0 ? '' : ` (${named.join(', ')})`
}

/** As {@link engineError}, for a failure while a source is read. */
export function sourceError(error: unknown, source: string, where: string): Error {
  const known = engineError(error, `source "${source}"`)
  if (known instanceof FettleError) return known
  const line = known.message.split('\n')[0]?.slice(0, 300) ?? ''
  const say = (code: ErrorCode, sentence: string): FettleError =>
    new FettleError(code, `source "${source}" (${where}) ${sentence}: ${line}`, {
      cause: error,
      details: { source, file: where },
    })
  if (unreadable.test(line)) return say('SOURCE_UNREADABLE', 'cannot be read')
  if (badFile.test(line)) return say('SOURCE_BAD_VALUE', 'is damaged or holds a value that cannot be used')
  return where === 'SQL' ? say('SQL_ERROR', 'is refused') : known
}

/**
 * As {@link sourceError}, for a later statement: files are read where they lie, so damage may show only then. The engine
 * names the file of most failures; where it does not, all files that may be meant are named.
 */
export function fileError(error: Error, added: Iterable<SourceData>, projectFolder: string): Error {
  const files = [...added].flatMap(({ name, from }) =>
    from.kind === 'parquet' || from.kind === 'csv' ? [{ name, path: from.path }] : [],
  )
  const line = error.message.split('\n')[0] ?? ''
  const named = files.find(({ path }) => line.includes(resolve(projectFolder, path).replace(/[*?[{].*$/, '')))
  if (named) return sourceError(error, named.name, named.path)
  if (files.length === 0 || !damaged.test(line)) return error
  const [names, paths] = [files.map(({ name }) => name), files.map(({ path }) => path)]
  return sourceError(error, names.join('", "'), paths.join(', '))
}

const damaged = /don't know what type|TProtocol|snappy|zstd|gzip|magic bytes|truncated/i

/** True for the error of a statement that was interrupted. */
export function isInterrupt(error: unknown): boolean {
  return error instanceof Error && /^INTERRUPT/i.test(error.message)
}
