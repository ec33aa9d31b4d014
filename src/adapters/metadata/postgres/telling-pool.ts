import type { PostgresPool } from 'kysely'
import type pg from 'pg'
import { FettleError } from '../../../kernel/errors/index.ts'
import { messageOf } from '../../../kernel/message-of.ts'

/** A pool whose queries throw METADATA_UNAVAILABLE when the server is away, goes away, or comes up. */
export function tellingPool(pool: pg.Pool): PostgresPool {
  return {
    async connect() {
      const client = await pool.connect().catch(error => told(error, 'connect'))
      return {
        query: ((text: string, values: readonly unknown[]) =>
          client.query(text, [...values]).catch(error => told(error, text))) as unknown as Client['query'],
        release: () => client.release(),
      }
    },
    end: () => pool.end(),
  }
}

type Client = Awaited<ReturnType<PostgresPool['connect']>>

function told(error: unknown, statement: string): never {
  throw isAway(error) ? unavailable(error, /^commit\b/i.test(statement)) : error
}

/** Class 08: connection; 57P01 to 57P03: shutting down, crashed, starting; 53300: no connection left. */
const awayStates = /^(08...|57P0[123]|53300)$/
const awayCodes = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
]
/** What the driver says without a code. */
const awayMessages =
  /^(Connection terminated|Client has encountered a connection error|timeout exceeded when|Query read timeout)/

export function isAway(error: unknown): boolean {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  if (error instanceof AggregateError) return error.errors.some(isAway)
  if (typeof code === 'string') return awayStates.test(code) || awayCodes.includes(code)
  return awayMessages.test(messageOf(error))
}

/** A commit that was sent and not answered may have been done. */
function unavailable(cause: unknown, isUnknown: boolean): FettleError {
  const message = `the metadata database does not answer: ${messageOf(cause)}`
  if (!isUnknown) return new FettleError('METADATA_UNAVAILABLE', message, { cause })
  return new FettleError('METADATA_UNAVAILABLE', `${message}; whether the change was made is unknown`, {
    cause,
    details: { unknown: true },
  })
}
