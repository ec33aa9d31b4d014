import { FettleError } from '../../../kernel/errors/index.ts'
import { messageOf } from '../../../kernel/message-of.ts'
import { formatTimestamp } from '../../../kernel/time.ts'

/** What of a URL may be shown: neither user, password nor parameters. */
export function shownUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  return parsed ? `${parsed.protocol}//${parsed.host}${parsed.pathname}` : 'redis://…'
}

export const instantOf = (milliseconds: number): string => formatTimestamp(BigInt(milliseconds) * 1000n)

/** A failure of Redis as the caller is told it; errors of Fettle and of callbacks pass unchanged. */
export function asStoreError(error: unknown, shown: string): unknown {
  if (error instanceof FettleError || error instanceof TypeError || error instanceof RangeError) return error
  const message = [error, ...previousErrors(error)].map(messageOf).join('; ')
  if (/\bOOM\b|no space left|maxmemory/i.test(message))
    return new FettleError('STORE_FULL', `the online store ${shown} takes no more: ${message}`, {
      hint: 'Give Redis more memory (maxmemory) or disk; what was written stays.',
      cause: error,
    })
  if (/command timed out/i.test(message))
    return new FettleError('DEADLINE', `the online store ${shown} did not answer in time`, { cause: error })
  return new FettleError('STORE_UNAVAILABLE', `the online store ${shown} failed: ${message}`, {
    hint: /READONLY/.test(message)
      ? 'The URL leads to a replica: name the primary.'
      : 'See the log of Redis; the connection is taken up again by itself.',
    cause: error,
  })
}

/** A transaction that Redis discards says which of its commands were refused. */
function previousErrors(error: unknown): readonly unknown[] {
  const { previousErrors: previous } = (error ?? {}) as { previousErrors?: readonly unknown[] }
  return Array.isArray(previous) ? previous : []
}
