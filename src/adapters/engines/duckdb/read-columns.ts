import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { FettleError } from '../../../kernel/errors/index.ts'
import { nearestFirst } from '../../../kernel/nearest.ts'
import type {
  ColumnReader,
  ColumnRequest,
  ColumnTable,
  NumberColumn,
  TextColumn,
} from '../../../training/ports.ts'
import { sourceError } from './engine-error.ts'

export interface ColumnReaderOptions {
  readonly threads?: number
  /** DuckDB's text form, `1GB`. */
  readonly memoryLimit?: string
  /** What is read, in words; default `training set`. */
  readonly what?: string
}

/** Columns of Parquet files, or of one CSV or JSON file, as typed arrays: every value crosses as a double, texts as codes of an enum. */
export function createColumnReader(options: ColumnReaderOptions = {}): ColumnReader {
  const { what = 'training set' } = options
  return {
    async readColumns(request) {
      const instance = await DuckDBInstance.create(':memory:', {
        threads: String(options.threads ?? 2),
        memory_limit: options.memoryLimit ?? '2GB',
      })
      const connection = await instance.connect()
      try {
        return await read(connection, request, what)
      } catch (error) {
        throw sourceError(error, what, request.files.join(', '))
      } finally {
        connection.closeSync()
        instance.closeSync()
      }
    },
  }
}

interface ColumnPlan {
  readonly name: string
  readonly type: string
  /** Gives a double, never null. */
  readonly expression: string
  readonly dictionary: readonly string[] | null
}

async function read(
  connection: DuckDBConnection,
  request: ColumnRequest,
  what: string,
): Promise<ColumnTable> {
  const from = tableOf(request.files)
  const types = await columnTypes(connection, from)
  const wanted = request.where ? [...request.columns, request.where.column] : request.columns
  const missing = wanted.filter(name => !types.has(name))
  if (missing.length > 0) {
    throw new FettleError('COLUMN_MISSING', `The ${what} has no column ${missing.join(', ')}`, {
      hint: `Nearest to ${missing[0]} are ${nearestFirst(missing[0] ?? '', [...types.keys()])
        .slice(0, 5)
        .join(', ')}.`,
      details: { missing },
    })
  }
  const where = request.where
    ? ` WHERE ${quoteName(request.where.column)} = ${quoteText(request.where.equals)}`
    : ''
  const plans: ColumnPlan[] = []
  for (const name of request.columns)
    plans.push(
      await planColumn(connection, {
        name,
        type: request.asText?.includes(name) ? 'VARCHAR' : (types.get(name) ?? ''),
        from: `${from}${where}`,
        index: plans.length,
      }),
    )
  const counted = await connection.runAndReadAll(`SELECT count(*) FROM ${from}${where}`)
  const rows = Number(counted.getRows()[0]?.[0] ?? 0)
  const values = await stream(
    connection,
    `SELECT ${plans.map(plan => plan.expression).join(', ') || '1'} FROM ${from}${where}`,
    { rows, columns: plans.length },
  )
  return {
    rows,
    columns: Object.fromEntries(
      plans.map((plan, index) => [plan.name, toColumn(plan, values[index] ?? new Float64Array(0))]),
    ),
  }
}

/** A reader of the engine by the file's ending: .csv, .tsv, .json, .jsonl, .ndjson, also compressed, else Parquet. */
function tableOf(files: readonly string[]): string {
  const list = `[${files.map(quoteText).join(', ')}]`
  const name = (files[0] ?? '').toLowerCase().replace(/\.(gz|zst)$/, '')
  if (/\.(csv|tsv|txt)$/.test(name)) return `read_csv(${list}, sample_size = -1)`
  return /\.(json|jsonl|ndjson)$/.test(name)
    ? `read_json(${list}, sample_size = -1)`
    : `read_parquet(${list})`
}

async function columnTypes(connection: DuckDBConnection, from: string): Promise<Map<string, string>> {
  const described = await connection.runAndReadAll(`DESCRIBE SELECT * FROM ${from}`)
  return new Map(described.getRows().map(row => [String(row[0]), String(row[1])]))
}

async function planColumn(
  connection: DuckDBConnection,
  column: { name: string; type: string; from: string; index: number },
): Promise<ColumnPlan> {
  const { name, type, from, index } = column
  const quoted = quoteName(name)
  if (type === 'VARCHAR' || type.startsWith('ENUM')) {
    const codes = `codes_${index}`
    const present = `SELECT DISTINCT text FROM (SELECT ${quoted}::VARCHAR AS text FROM ${from}) WHERE text IS NOT NULL ORDER BY 1`
    await connection.run(`CREATE TYPE ${codes} AS ENUM (${present})`)
    const listed = await connection.runAndReadAll(`SELECT unnest(enum_range(NULL::${codes}))::VARCHAR`)
    const dictionary = listed.getRows().map(row => String(row[0]))
    return {
      name,
      type,
      dictionary,
      expression: `coalesce(enum_code(${quoted}::VARCHAR::${codes})::DOUBLE, -1)`,
    }
  }
  return {
    name,
    type,
    dictionary: null,
    expression: `coalesce(${numeric(quoted, { name, type })}, 'NaN'::DOUBLE)`,
  }
}

const numberTypes = /^(BOOLEAN|U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|DECIMAL\(.*\))$/

function numeric(quoted: string, { name, type }: { name: string; type: string }): string {
  if (numberTypes.test(type)) return `${quoted}::DOUBLE`
  if (type.startsWith('TIMESTAMP')) return `epoch_us(${quoted})::DOUBLE`
  if (type === 'DATE') return `date_diff('day', DATE '1970-01-01', ${quoted})::DOUBLE`
  throw new FettleError(
    'TYPE_MISMATCH',
    `Column ${name} is ${type}; numbers, booleans, times and texts can be read`,
  )
}

/** DuckDB hands chunks over in file order; each column of a chunk is one run of doubles. */
async function stream(
  connection: DuckDBConnection,
  sql: string,
  size: { rows: number; columns: number },
): Promise<Float64Array[]> {
  const columns = Array.from({ length: size.columns }, () => new Float64Array(size.rows))
  const result = await connection.stream(sql)
  let row = 0
  for (
    let chunk = await result.fetchChunk();
    chunk && chunk.rowCount > 0;
    chunk = await result.fetchChunk()
  ) {
    const { rowCount } = chunk
    for (const [index, column] of columns.entries()) {
      const { items } = chunk.getColumnVector(index) as unknown as { items: Float64Array }
      column.set(items.subarray(0, rowCount), row)
    }
    row += rowCount
  }
  if (row !== size.rows)
    throw new FettleError('SOURCE_CHANGED', `The training set had ${size.rows} rows, then ${row}`)
  return columns
}

function toColumn(plan: ColumnPlan, values: Float64Array): NumberColumn | TextColumn {
  if (!plan.dictionary) return { kind: 'number', type: plan.type, values }
  return { kind: 'text', type: plan.type, codes: Int32Array.from(values), dictionary: plan.dictionary }
}

function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
