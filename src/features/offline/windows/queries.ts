import type { ColumnRun, Field } from '../../../kernel/values/index.ts'
import type { SpineRelation } from '../as-of.ts'
import type { ResolvedLookup } from '../lookups.ts'
import type { OfflineSession } from '../ports.ts'
import { all, id } from '../sql-text.ts'
import type { Times } from './events.ts'

/** Spine rows that ask: their place in the spine, the number of their key (−1 if a component is null) and their time. */
export interface Queries {
  readonly row: Float64Array
  readonly code: Int32Array
  readonly time: Times
}

/** Numbers the keys that the spine asks for, in relation {@link codeTable}; gives how many there are. */
export async function numberKeys(
  session: OfflineSession,
  spine: SpineRelation,
  resolved: ResolvedLookup,
): Promise<number> {
  const names = resolved.lookup.keys.map(id)
  const alias = resolved.view.keys.map((_, index) => `__key${index}`)
  const distinct =
    names.length === 0 ? ['0 AS none'] : names.map((name, index) => `${name} AS ${alias[index]}`)
  const order = names.length === 0 ? 'none' : alias.join(', ')
  const present = all(names.map(name => `${name} IS NOT NULL`))
  await session.createTable(
    codeTable(resolved),
    `SELECT (row_number() OVER (ORDER BY ${order}) - 1)::INTEGER AS __code${alias.map(name => `, ${name}`).join('')} FROM (SELECT DISTINCT ${distinct.join(', ')} FROM ${id(spine.relation)} WHERE ${present})`,
  )
  const [[keys = 0n] = []] = await session.rows(`SELECT count(*) FROM ${id(codeTable(resolved))}`, [
    { name: 'keys', type: 'int64' },
  ])
  return Number(keys)
}

/** `__code` of each key, whose components are `__key<i>`. */
export function codeTable({ view }: ResolvedLookup): string {
  return `keys_${view.name}`
}

/** SELECT of `__n`, `__t` and `__code` (null for a null key) of all spine rows. */
export function queriesSql(spine: SpineRelation, resolved: ResolvedLookup): string {
  const on = all(resolved.lookup.keys.map((name, index) => `s.${id(name)} = c.__key${index}`))
  return `SELECT s.__n, s.__t, c.__code FROM ${id(spine.relation)} s LEFT JOIN ${id(codeTable(resolved))} c ON ${on}`
}

/** Reads queries from a relation with the columns of {@link queriesSql}. */
export async function loadQueries(
  session: OfflineSession,
  from: string,
  { rows, doubles }: { readonly rows: number; readonly doubles: boolean },
): Promise<Queries> {
  const row = new Float64Array(rows)
  const code = new Int32Array(rows).fill(-1)
  const time = doubles ? new Float64Array(rows) : new BigInt64Array(rows)
  const fields: Field[] = [
    { name: 'n', type: 'float64' },
    { name: 't', type: doubles ? 'float64' : 'int64' },
    { name: 'code', type: 'date' },
  ]
  const at = doubles ? 'CAST(__t AS DOUBLE)' : '__t'
  let read = 0
  for await (const batch of session.stream(
    `SELECT CAST(__n AS DOUBLE), ${at}, __code FROM ${from}`,
    fields,
  )) {
    const [places, times, codes] = batch.columns.map(fixed)
    if (!places || !times || !codes) throw new TypeError('three columns were expected')
    row.set(new Float64Array(places.bytes.buffer, places.bytes.byteOffset, batch.rows), read)
    new Uint8Array(time.buffer).set(times.bytes, read * 8)
    const numbers = new Int32Array(codes.bytes.buffer, codes.bytes.byteOffset, batch.rows)
    for (let index = 0; index < batch.rows; index++)
      if (codes.valid === null || codes.valid[index] !== 0) code[read + index] = numbers[index] ?? -1
    read += batch.rows
  }
  if (read !== rows) throw new RangeError(`${read} spine rows were read of ${rows}`)
  return { row, code, time }
}

function fixed(run: ColumnRun): ColumnRun & { kind: 'fixed' } {
  if (run.kind !== 'fixed') throw new TypeError('a fixed-width column was expected')
  return run
}

/** How many rows of a relation have each key number. */
export async function countByKey(
  session: OfflineSession,
  relation: string,
  keys: number,
): Promise<Float64Array> {
  const counts = new Float64Array(keys)
  const sql = `SELECT CAST(__code AS DOUBLE), CAST(count(*) AS DOUBLE) FROM ${id(relation)} WHERE __code IS NOT NULL GROUP BY __code`
  const fields: Field[] = [
    { name: 'code', type: 'float64' },
    { name: 'n', type: 'float64' },
  ]
  for await (const batch of session.stream(sql, fields)) {
    const [codes, found] = batch.columns.map(run => {
      const { bytes } = fixed(run)
      return new Float64Array(bytes.buffer, bytes.byteOffset, batch.rows)
    })
    for (let index = 0; index < batch.rows; index++) counts[codes?.[index] ?? 0] = found?.[index] ?? 0
  }
  return counts
}
