import type { SourceData } from '../../definitions/model.ts'
import type { PushRow } from '../../features/index.ts'
import type { Value } from '../../kernel/values/index.ts'
import { type Problem, problemAt } from './problems.ts'
import { parseFeastTime, tryDecodeFeast } from './tokens.ts'

export type Frame = Readonly<Record<string, readonly unknown[]>>

/** Rows as the source has them, and the values that do not have their type by row. */
export interface DecodedRows {
  readonly rows: readonly PushRow[]
  readonly mismatches: ReadonlyMap<number, Problem>
}

/** Feast's remote store sends times under these names, however the source calls them. */
const eventName = 'event_timestamp'
const knownName = 'created'

/**
 * The rows of a data frame in the order of the source's columns. `needed` are the columns that must be sent, others are
 * null where they are not; the known time is then Fettle's clock. Columns the source does not have are ignored. Throws
 * RAGGED_DATA and COLUMN_MISSING.
 */
export function decodeRows(
  source: SourceData,
  frame: Frame,
  { needed, now }: { readonly needed: (column: string) => boolean; readonly now: bigint },
): DecodedRows {
  const length = equalLength(frame)
  const known = source.knownAt.kind === 'column' ? source.knownAt.column : null
  const mismatches = new Map<number, Problem>()
  const columns = source.columns.map(({ name, type }) => {
    const sent = sentName(name, frame, { known, event: source.eventTime })
    const values = Object.hasOwn(frame, sent) ? frame[sent] : undefined
    if (!values && name !== known && needed(name))
      throw problemAt(
        'COLUMN_MISSING',
        ['body', 'df', name],
        `column "${name}" is missing; a missing column is not a null`,
      )
    const isTime = name === known || name === source.eventTime
    return Array.from({ length }, (_, row): Value | undefined => {
      const json = values?.[row] ?? null
      const value = isTime && type === 'timestamp' ? decodeRowTime(json) : tryDecodeFeast(type, json)
      if (value === undefined && !mismatches.has(row))
        mismatches.set(row, {
          loc: ['body', 'df', sent, row],
          msg: `column "${sent}" of row ${row} is not a ${type}`,
        })
      return value === null && name === known ? now : value
    })
  })
  return { rows: Array.from({ length }, (_, row) => columns.map(values => values[row])), mismatches }
}

function decodeRowTime(json: unknown): Value | undefined {
  if (json === null) return null
  return typeof json === 'string' ? parseFeastTime(json) : undefined
}

function sentName(
  name: string,
  frame: Frame,
  { known, event }: { readonly known: string | null; readonly event: string | null },
): string {
  if (Object.hasOwn(frame, name)) return name
  if (name === event && Object.hasOwn(frame, eventName)) return eventName
  return name === known && Object.hasOwn(frame, knownName) ? knownName : name
}

function equalLength(frame: Frame): number {
  const columns = Object.entries(frame)
  const [[first = '', { length } = []] = []] = columns
  for (const [name, values] of columns)
    if (values.length !== length)
      throw problemAt(
        'RAGGED_DATA',
        ['body', 'df'],
        `"${name.slice(0, 80)}" has ${values.length} values, "${first.slice(0, 80)}" has ${length}`,
      )
  return length
}
