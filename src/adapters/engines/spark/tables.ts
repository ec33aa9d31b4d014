import { join } from 'node:path'
import { type Batch, collectRows, id, type OfflineSession, sparkDialect } from '../../../features/index.ts'
import type { Field } from '../../../kernel/values/index.ts'
import type { Executions } from './execution.ts'
import type { Relation } from './messages.ts'
import { readArrow } from './read-arrow.ts'
import { sqlType } from './types.ts'
import { writeArrow } from './write-arrow.ts'

/** Relations of one Spark session and the rows that go in and out of them. */
export interface Tables
  extends Pick<OfflineSession, 'stream' | 'createTable' | 'createNumbered' | 'addColumns'> {
  /** Makes a relation of a plan; it is evaluated by each query that reads it. */
  createView(relation: string, input: Relation): Promise<void>
  /** Writes the rows of a plan as Parquet files into a folder of its own, and gives its path. */
  writeFolder(input: Relation): Promise<string>
}

const saveMode = { append: 1, overwrite: 2 } as const
/** Rows up to this size travel inside the plan that names them; larger ones become files. */
const inlineBytes = 4 * 1024 * 1024
const pieceBytes = 32 * 1024 * 1024

/** Relations of the session of `executions`; large ones are kept in `folder`. */
export function createTables(executions: Executions, folder: string): Tables {
  let folders = 0
  const newFolder = (): string => join(folder, String(++folders))

  async function* stream(query: string, fields: readonly Field[]): AsyncIterable<Batch> {
    let rows = 0
    for await (const { arrowBatch } of executions.execute({ root: sql(query) })) {
      if (!arrowBatch) continue
      const { data, startOffset } = arrowBatch
      if (startOffset !== undefined && startOffset !== rows)
        throw new TypeError(`rows from ${startOffset} came where ${rows} were expected`)
      for (const batch of readArrow(data, fields)) {
        rows += batch.rows
        if (batch.rows > 0) yield batch
      }
    }
  }

  const write = (input: Relation, path: string, mode: 1 | 2): Promise<void> =>
    executions.run({ command: { writeOperation: { input, source: 'parquet', path, mode, options: {} } } })
  const createView = (name: string, input: Relation): Promise<void> =>
    executions.run({ command: { createDataframeView: { input, name, replace: true } } })

  /** The rows stay with Spark's executors until the session ends; if one of those is lost, later statements fail. */
  async function createTable(relation: string, query: string): Promise<void> {
    const checkpointCommand = { relation: sql(query), local: true, eager: true }
    for await (const { checkpointCommandResult } of executions.execute({ command: { checkpointCommand } }))
      if (checkpointCommandResult)
        await createView(relation, { cachedRemoteRelation: checkpointCommandResult.relation })
  }

  /**
   * Spark numbers rows by partition: the partition in the high bits, the place in it in the low 33. Partitions of a
   * sorted result stand in its order, so a row's number is its place plus the rows of the partitions before.
   */
  async function createNumbered(relation: string, query: string): Promise<void> {
    const held = `${relation}__held`
    await createTable(held, `SELECT *, monotonically_increasing_id() AS __place FROM (${query})`)
    const counts = await collectRows(
      stream(
        `SELECT shiftright(__place, 33), count(*) FROM ${id(held)} GROUP BY ALL ORDER BY 1`,
        partitionCounts,
      ),
      partitionCounts,
    )
    let before = 0n
    const starts = counts.map(([partition, count]) => {
      const start = `WHEN ${partition} THEN ${before}`
      before += count as bigint
      return start
    })
    const start = counts.length === 0 ? '0' : `CASE shiftright(__place, 33) ${starts.join(' ')} END`
    const columns = sparkDialect.allBut(['__place'])
    await createView(
      relation,
      sql(`SELECT (__place & ${2n ** 33n - 1n}) + ${start} AS __n, ${columns} FROM ${id(held)}`),
    )
  }

  async function addColumns(
    relation: string,
    fields: readonly Field[],
    pieces: Iterable<Batch>,
  ): Promise<void> {
    const path = newFolder()
    let waiting: Batch[] = []
    let size = 0
    let written = false
    for (const piece of pieces) {
      waiting.push(piece)
      size += sizeOf(piece)
      if (size < pieceBytes) continue
      await write(local(fields, waiting), path, saveMode.append)
      ;[waiting, size, written] = [[], 0, true]
    }
    if (!written && size <= inlineBytes) return createView(relation, local(fields, waiting))
    if (waiting.length > 0) await write(local(fields, waiting), path, saveMode.append)
    await createView(relation, parquet([path], fields))
  }

  return {
    stream,
    createView,
    createTable,
    createNumbered,
    addColumns,
    async writeFolder(input) {
      const path = newFolder()
      await write(input, path, saveMode.overwrite)
      return path
    },
  }
}

const partitionCounts: Field[] = [
  { name: 'partition', type: 'int64' },
  { name: 'rows', type: 'int64' },
]

export function sql(query: string): Relation {
  return { sql: { query } }
}

/** Files, or a folder of files that Spark wrote. Fields that are known need not be looked up in a file. */
export function parquet(paths: readonly string[], fields?: readonly Field[]): Relation {
  const schema = fields?.map(({ name, type }) => `${id(name)} ${sqlType(type)}`).join(', ')
  const known = schema === undefined ? {} : { schema }
  return { read: { dataSource: { format: 'parquet', options: {}, paths, ...known } } }
}

function local(fields: readonly Field[], batches: readonly Batch[]): Relation {
  return { localRelation: { data: writeArrow(fields, batches) } }
}

function sizeOf({ columns, rows }: Batch): number {
  return columns.reduce(
    (total, run) => total + (run.kind === 'fixed' ? run.bytes.length : rows * 16 + textSize(run.values)),
    0,
  )
}

function textSize(values: readonly unknown[]): number {
  return values.reduce<number>((total, value) => total + (typeof value === 'string' ? value.length : 0), 0)
}

/** The columns of files and the place of each row in its file, which only a query over the files themselves sees. */
export function parquetRows(paths: readonly string[], place: string, fields?: readonly Field[]): Relation {
  const expr = { unresolvedAttribute: { unparsedIdentifier: '_metadata.row_index' } }
  return { withColumns: { input: parquet(paths, fields), aliases: [{ expr, name: [place] }] } }
}
