import { type ErrorCode, FettleError } from '../../../kernel/errors/index.ts'
import { messageOf } from '../../../kernel/message-of.ts'

const outOfSpace =
  /out of memory|no space left|failed to (offload|allocate)|max_temp_directory_size|could not write/i
const unreadable =
  /no files found|cannot open file|could not open|permission denied|no such file|is a directory|does not exist/i
const badFile =
  /parquet|invalid (unicode|utf-?8)|snappy|zstd|gzip|magic bytes|truncated|file is too small|csv error|out of range|conversion error|invalid input/i

/** What a failure of DuckDB means to a person: space, a file that cannot be read, a file that is damaged. */
export function engineError(error: unknown, what: string): Error {
  if (error instanceof FettleError) return error
  const message = messageOf(error)
  const line = message.split('\n')[0]?.slice(0, 300) ?? ''
  if (outOfSpace.test(message))
    return new FettleError('OUT_OF_SPACE', `${what} ran out of memory or disk: ${line}`, { cause: error })
  return error instanceof Error ? error : new Error(message)
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
  return known
}

/** True for the error of a statement that was interrupted. */
export function isInterrupt(error: unknown): boolean {
  return error instanceof Error && /^INTERRUPT/i.test(error.message)
}
