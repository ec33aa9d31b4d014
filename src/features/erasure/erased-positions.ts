import { type Field, runValues, type Value } from '../../kernel/values/index.ts'
import type { OfflineSession } from '../offline/ports.ts'
import { id } from '../offline/sql-text.ts'
import { keyEncoder } from '../online/keys.ts'
import type { ErasedKeys } from './suppression-list.ts'

/** Columns that together hold a key of an entity. */
export interface KeyColumns {
  readonly entity: string
  readonly columns: readonly string[]
}

export interface PositionQuery {
  /** What is read: a relation. */
  readonly from: string
  /** Its int64 column that numbers the rows. */
  readonly position: string
  readonly columns: readonly Field[]
  readonly keys: readonly KeyColumns[]
  readonly erased: ErasedKeys
}

/** Numbers of the rows that hold an erased key. Reads nothing where none of the entities has one. */
export async function erasedPositions(
  session: OfflineSession,
  { from, position, columns, keys, erased }: PositionQuery,
): Promise<readonly bigint[]> {
  const tests = keyTests({ columns, keys, erased })
  if (tests.length === 0) return []
  const wanted = [...new Set(tests.flatMap(({ names }) => names))]
  const fields = wanted.flatMap(name => columns.find(column => column.name === name) ?? [])
  const sql = `SELECT ${[position, ...wanted].map(id).join(', ')} FROM ${from}`
  const gone: bigint[] = []
  for await (const batch of session.stream(sql, [{ name: position, type: 'int64' }, ...fields])) {
    const [numbers = [], ...values] = batch.columns.map((run, index) =>
      runValues(run, index === 0 ? 'int64' : (fields[index - 1]?.type ?? 'string')),
    )
    for (let row = 0; row < batch.rows; row++)
      if (
        tests.some(({ names, test }) => test(names.map(name => values[wanted.indexOf(name)]?.[row] ?? null)))
      )
        gone.push(numbers[row] as bigint)
  }
  return gone
}

interface KeyTest {
  readonly names: readonly string[]
  /** Values of these columns, in their order. */
  test(values: readonly Value[]): boolean
}

function keyTests({
  columns,
  keys,
  erased,
}: Pick<PositionQuery, 'columns' | 'keys' | 'erased'>): readonly KeyTest[] {
  return keys.flatMap(({ entity, columns: names }) => {
    const isErased = erased(entity)
    const fields = names.flatMap(name => columns.filter(column => column.name === name))
    if (!isErased || fields.length < names.length) return []
    const encode = keyEncoder(fields)
    const known = new Map<string, boolean>()
    // A key stands in many rows and is hashed once.
    const test = (values: readonly Value[]): boolean => {
      const key = encode(values, Buffer.alloc(0))
      if (key === undefined) return false
      const name = key.toString('latin1')
      const found = known.get(name) ?? isErased(key)
      known.set(name, found)
      return found
    }
    return [{ names, test }]
  })
}

/** Whether a row that is held by the names of its columns has an erased key; undefined where no row can have one. */
export function erasedRowTest(
  query: Pick<PositionQuery, 'columns' | 'keys' | 'erased'>,
): ((row: Readonly<Record<string, Value>>) => boolean) | undefined {
  const tests = keyTests(query)
  if (tests.length === 0) return undefined
  return row => tests.some(({ names, test }) => test(names.map(name => row[name] ?? null)))
}
