import { createHmac, timingSafeEqual } from 'node:crypto'
import { FettleError } from '../kernel/errors/index.ts'
import type { Micros } from '../kernel/time.ts'

/** What a demo link allows: one page, until then. */
export interface DemoLink {
  readonly deployment: string
  /** Who gave it away. */
  readonly by: string
  readonly until: Micros
}

export interface DemoLinks {
  make(link: DemoLink): string
  /** Throws UNAUTHENTICATED for what was not made here, or has expired. */
  read(token: string): DemoLink
  /** Counts calls and rows of a link within a minute. Throws QUOTA. */
  spend(token: string, rows: number): void
}

const minute: Micros = 60_000_000n
const callsAMinute = 120
const rowsAMinute = 3_000
const mostCounted = 10_000

interface Spent {
  since: Micros
  calls: number
  rows: number
}

/**
 * Demo links are signed, not stored: `<what it allows>~<HMAC>` (no dot: the last part of a path with one is taken for a file). A new secret ends all of them. They are signed for wall time:
 * a replayed clock does not make them last.
 */
export function demoLinks(secret: string, now: () => Micros): DemoLinks {
  const signed = (text: string) =>
    createHmac('sha256', `demo link ${secret}`).update(text).digest('base64url')
  const spent = new Map<string, Spent>()
  return {
    make({ deployment, by, until }) {
      const text = Buffer.from(JSON.stringify([deployment, by, String(until)])).toString('base64url')
      return `${text}~${signed(text)}`
    },
    read(token) {
      const [text = '', signature = ''] = token.split('~')
      const [given, wanted] = [Buffer.from(signature), Buffer.from(signed(text))]
      if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
        throw refused('is not one of ours')
      const [deployment, by, until] = JSON.parse(Buffer.from(text, 'base64url').toString()) as [
        string,
        string,
        string,
      ]
      if (BigInt(until) <= now()) throw refused('has expired')
      return { deployment, by, until: BigInt(until) }
    },
    spend(token, rows) {
      const at = now()
      const before = spent.get(token)
      const entry = before && at - before.since < minute ? before : { since: at, calls: 0, rows: 0 }
      if (entry.calls + 1 > callsAMinute || entry.rows + rows > rowsAMinute)
        throw new FettleError(
          'QUOTA',
          `a demo link may make ${callsAMinute} calls and ${rowsAMinute} rows a minute`,
          { hint: 'Wait a minute.' },
        )
      if (spent.size >= mostCounted && !before) spent.clear()
      spent.set(token, { since: entry.since, calls: entry.calls + 1, rows: entry.rows + rows })
    },
  }
}

function refused(why: string): FettleError {
  return new FettleError('UNAUTHENTICATED', `this demo link ${why}`, {
    hint: 'Ask whoever sent it for a new one.',
  })
}
