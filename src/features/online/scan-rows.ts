import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Value } from '../../kernel/values/index.ts'
import type { ViewScan } from '../offline/ports.ts'
import { keyEncoder } from './keys.ts'
import type { PlannedView } from './view-plan.ts'

/** A source row as it came out of the scan; `cells` are by the view's columns. */
export interface SourceRow {
  readonly event: Micros
  readonly known: Micros | null
  readonly sequence: bigint | null
  readonly deleted: boolean
  /** Known time of the version that replaces this event; null: none. */
  readonly until: Micros | null
  readonly cells: readonly Value[]
}

/** All rows of one key, in the order of features.md §3.2. */
export interface KeyRows {
  /** Encoded entity key. */
  readonly key: Buffer
  readonly rows: readonly SourceRow[]
}

const nothing = Buffer.alloc(0)

/**
 * Groups a scan by key, some keys at a time. The scan is sorted by the values of the key, and encoded keys sort as their values do, so each
 * key comes once and in the order of its bytes; anything else is a fault of the engine and stops the run.
 */
export async function* scanRows(
  scan: ViewScan,
  view: PlannedView,
  untilOf?: (row: SourceRow, key: Buffer) => Micros | null,
): AsyncGenerator<readonly KeyRows[]> {
  const read = rowReader(scan, view)
  const encode = keyEncoder(view.keys)
  let current: { key: Buffer; rows: SourceRow[] } | undefined
  for await (const chunk of readAhead(scan.chunks)) {
    const count = chunk[0]?.length ?? 0
    const whole: KeyRows[] = []
    for (let i = 0; i < count; i++) {
      const key = encode(read.key(chunk, i), nothing)
      if (key === undefined) continue
      const order = current === undefined ? 1 : Buffer.compare(key, current.key)
      if (order < 0)
        throw new FettleError('INTERNAL', `the scan of view ${view.id.name} is not sorted by key`)
      if (current === undefined || order > 0) {
        if (current) whole.push(current)
        current = { key, rows: [] }
      }
      const row = read.row(chunk, i)
      current.rows.push(untilOf ? { ...row, until: untilOf(row, key) } : row)
    }
    yield whole
  }
  if (current) yield [current]
}

/** Asks for the next item while the one before is worked on: the engine scans in threads of its own. */
async function* readAhead<Item>(items: AsyncIterable<Item>): AsyncGenerator<Item> {
  const iterator = items[Symbol.asyncIterator]()
  try {
    for (let next = iterator.next(); ; ) {
      const { done, value } = await next
      if (done) return
      next = iterator.next()
      next.catch(() => undefined)
      yield value
    }
  } finally {
    await iterator.return?.()
  }
}

type Chunk = readonly (readonly Value[])[]

/** Takes keys and rows out of the chunks of a scan. */
export function rowReader(scan: ViewScan, view: PlannedView) {
  const index = new Map(scan.fields.map((field, position) => [field.name, position]))
  const position = (name: string): number => {
    const found = index.get(name)
    if (found === undefined)
      throw new FettleError('COLUMN_MISSING', `the scan of view ${view.id.name} has no column "${name}"`, {
        details: { column: name },
      })
    return found
  }
  const keys = view.keys.map(key => position(key.name))
  const columns = view.columns.map(
    ({ name }) => columnPosition(scan, name, view.keys.length) ?? position(name),
  )
  const [event, known] = [position('__event'), position('__known')]
  const [sequence, deleted] = [index.get('__sequence'), index.get('__deleted')]
  const optional = (chunk: Chunk, at: number | undefined, i: number): Value =>
    at === undefined ? null : (chunk[at]?.[i] ?? null)
  return {
    key: (chunk: Chunk, i: number): readonly Value[] => keys.map(at => chunk[at]?.[i] ?? null),
    row: (chunk: Chunk, i: number): SourceRow => {
      const cells = new Array<Value>(columns.length)
      for (let j = 0; j < columns.length; j++) cells[j] = chunk[columns[j] ?? 0]?.[i] ?? null
      return {
        event: chunk[event]?.[i] as Micros,
        known: (chunk[known]?.[i] ?? null) as Micros | null,
        sequence: optional(chunk, sequence, i) as bigint | null,
        deleted: optional(chunk, deleted, i) === true,
        until: null,
        cells,
      }
    },
  }
}

/** A source column may have the name of a key component; the source columns stand behind the keys. */
function columnPosition(scan: ViewScan, name: string, keys: number): number | undefined {
  const found = scan.fields.findLastIndex(field => field.name === name)
  return found < 0 || (found < keys && scan.fields.length <= keys) ? undefined : found
}
