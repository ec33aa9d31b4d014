import type { Batch, OfflineSession } from '../../features/index.ts'
import { type Field, runValues, type Value, type ValueType } from '../../kernel/values/index.ts'
import {
  type BatchRows,
  badNumber,
  mayBeInfinite,
  type Partition,
  type ServableRelease,
} from '../../serving/index.ts'
import type { WorkerJob } from './worker-job.ts'

export interface RowsRequest {
  readonly job: WorkerJob
  readonly release: ServableRelease
  readonly partition: Partition
  /** SQL of each vector column. */
  readonly vector: readonly string[]
  /** Places of the request fields that are read as values. */
  readonly needs: readonly number[]
}

/** Rows in the engine's own pieces, with the status letter of each feature where records are written. */
export interface RowsPiece extends BatchRows {
  /** Place of the first row in its partition. */
  readonly at: number
  /** By feature of the relation, one letter a row; empty where no record is written. */
  readonly statuses: readonly (readonly Value[])[]
}

/** Reads the rows of a partition piece by piece, columns as views of the engine's memory: valid until the next one is asked for. */
export async function* readRows(session: OfflineSession, request: RowsRequest): AsyncGenerator<RowsPiece> {
  const { job, release, partition, vector, needs } = request
  const { relation } = job
  const letters = job.log ? relation.features.map((_, index) => `__s${index}`) : []
  const typeOf = (place: number): ValueType => release.features.request[place]?.type ?? 'string'
  const fields: Field[] = [
    { name: 'bad', type: 'float64' },
    ...vector.map((_, index): Field => ({ name: `v${index}`, type: 'float64' })),
    ...needs.map((place): Field => ({ name: `__q${place}`, type: typeOf(place) })),
    ...letters.map((name): Field => ({ name, type: 'string' })),
  ]
  const select = ['__bad::DOUBLE', ...vector, ...needs.map(place => `__q${place}`), ...letters]
  const where = `__row >= ${partition.from} AND __row < ${partition.to}`
  const first = vector.length + 1
  const names = needs.map(place => release.features.request[place]?.name ?? '')
  let at = 0
  for await (const piece of session.stream(
    `SELECT ${select.join(', ')} FROM ${relation.sql} WHERE ${where}`,
    fields,
  )) {
    const bad = Int32Array.from(doublesOf(piece, 0))
    const columns = vector.map((_, index) => doublesOf(piece, index + 1))
    markInfinite(release, columns, bad)
    const values = fields.slice(first).map(({ type }, index) => valuesOf(piece, first + index, type))
    yield {
      count: piece.rows,
      at,
      bad,
      columns,
      entity: row => Object.fromEntries(names.map((name, index) => [name, values[index]?.[row] ?? null])),
      statuses: values.slice(needs.length),
    }
    at += piece.rows
  }
  if (at !== partition.to - partition.from)
    throw new Error(`${at} rows where ${partition.to - partition.from} were expected: the input has changed`)
}

/** A run of the engine need not stand on an eight-byte boundary. */
function doublesOf({ columns, rows }: Batch, index: number): Float64Array {
  const run = columns[index]
  if (run?.kind !== 'fixed') throw new TypeError('a column of doubles was expected')
  const { buffer, byteOffset } = run.bytes
  return byteOffset % 8 === 0
    ? new Float64Array(buffer, byteOffset, rows)
    : new Float64Array(run.bytes.slice().buffer, 0, rows)
}

/** As requests are read: NaN is no value. */
function valuesOf({ columns }: Batch, index: number, type: ValueType): readonly Value[] {
  const run = columns[index]
  const values = run ? runValues(run, type) : []
  return type === 'float64' || type === 'float32'
    ? values.map(value => (Number.isNaN(value) ? null : value))
    : values
}

/** The first field that is wrong counts, as where requests are checked. */
function markInfinite(
  { features: { request, vector } }: ServableRelease,
  columns: readonly Float64Array[],
  bad: Int32Array,
): void {
  vector.forEach(({ from, ref }, at) => {
    const field = request.findIndex(({ name }) => name === ref)
    const declared = request[field]
    if (from !== 'request' || !declared || !mayBeInfinite(declared)) return
    const number = badNumber(field, 'OUT_OF_RANGE')
    const column = columns[at] as Float64Array
    for (let row = 0; row < column.length; row++) {
      const value = column[row] as number
      if (value !== Infinity && value !== -Infinity) continue
      if (bad[row] === 0 || (bad[row] as number) > number) bad[row] = number
    }
  })
}
