import type { SourceData } from '../../definitions/model.ts'
import { type Micros, parseDuration } from '../../kernel/time.ts'
import type { Value } from '../../kernel/values/index.ts'
import { rowJudge } from '../checks/row-judge.ts'
import { keyEncoder } from './keys.ts'

/** Why a row was not accepted, in the order in which it is tested (features.md §18). */
export type Rejection =
  | 'TYPE_MISMATCH'
  | 'KEY_NULL'
  | 'EVENT_TIME_NULL'
  | 'EVENT_TOO_FAR_IN_FUTURE'
  | 'KNOWN_TIME_NULL'
  | 'KNOWN_TOO_FAR_IN_FUTURE'
  | 'CHECK_FAILED'
  | 'KEY_ERASED'
export type PushOutcome = 'applied' | 'superseded' | 'duplicate' | 'deferred' | 'rejected'

/** A row's values in the order of the source's columns; undefined stands for a value that does not have its type. */
export type PushRow = readonly (Value | undefined)[]

/** A row that may be written. */
export interface AcceptedRow {
  /** Position in the request. */
  readonly row: number
  readonly key: Buffer
  readonly event: Micros
  readonly known: Micros
  readonly deleted: boolean
  readonly eventId: Value
  readonly values: readonly Value[]
}

export interface Acceptance {
  readonly now: Micros
  /** e or known later than now by more than this is refused; equal is accepted. */
  readonly maxFutureSkew: Micros
}

/** Sorts a request into rows that may be written and rows that are rejected, with the first reason that holds. */
export function acceptRows(
  source: SourceData,
  keys: readonly { readonly name: string; readonly type: string }[],
  rows: readonly PushRow[],
  acceptance: Acceptance,
) {
  const accept = acceptor(source, keys, acceptance)
  const accepted: AcceptedRow[] = []
  const rejected: { row: number; code: Rejection }[] = []
  rows.forEach((values, row) => {
    const result = accept(values, row)
    if (typeof result === 'string') rejected.push({ row, code: result })
    else accepted.push(result)
  })
  return { accepted, rejected }
}

function acceptor(
  source: SourceData,
  keys: readonly { readonly name: string; readonly type: string }[],
  { now, maxFutureSkew }: Acceptance,
) {
  const at = (name: string | undefined | null): number =>
    source.columns.findIndex(column => column.name === name)
  const encode = keyEncoder(keys)
  const [eventAt, deletedAt, idAt] = [at(source.eventTime), at(source.deleted), at(source.eventId)]
  const keyAt = keys.map(key => at(key.name))
  const known = knownTime(source, at, now)
  const latest = now + maxFutureSkew
  const failedCheck = rowJudge(source)
  return (given: PushRow, row: number): AcceptedRow | Rejection => {
    if (given.length !== source.columns.length || given.some(value => value === undefined))
      return 'TYPE_MISMATCH'
    const values = given as readonly Value[]
    const key = encode(
      keyAt.map(index => values[index] ?? null),
      Buffer.alloc(0),
    )
    if (key === undefined) return 'KEY_NULL'
    const event = values[eventAt] ?? null
    if (typeof event !== 'bigint') return 'EVENT_TIME_NULL'
    if (event > latest) return 'EVENT_TOO_FAR_IN_FUTURE'
    const knownAt = known(values, event)
    if (knownAt === null) return 'KNOWN_TIME_NULL'
    if (knownAt > latest) return 'KNOWN_TOO_FAR_IN_FUTURE'
    if (failedCheck(values) !== null) return 'CHECK_FAILED'
    return {
      row,
      key,
      event,
      known: knownAt,
      deleted: values[deletedAt] === true,
      eventId: values[idAt] ?? null,
      values,
    }
  }
}

function knownTime(
  { knownAt }: SourceData,
  at: (name: string) => number,
  now: Micros,
): (values: readonly Value[], event: Micros) => Micros | null {
  if (knownAt.kind === 'column') {
    const column = at(knownAt.column)
    return values => (values[column] ?? null) as Micros | null
  }
  if (knownAt.kind === 'delay') {
    const delay = parseDuration(knownAt.delay)
    return (_values, event) => event + delay
  }
  return knownAt.kind === 'event' ? (_values, event) => event : () => now
}
