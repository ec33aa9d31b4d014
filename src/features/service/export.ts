import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SourceData } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Field, Value } from '../../kernel/values/index.ts'
import type { SourceVersion } from '../model.ts'
import type { Batch, OfflineEngine } from '../offline/ports.ts'
import { allBatches, listSegments, readSegment } from './journal/segments.ts'
import { rowsFor } from './rows-for.ts'

/** Highest ingest sequence in the journal of a source; 0 before the first write. */
export function pushedWatermark(journalFolder: string, source: string): bigint {
  const folder = join(journalFolder, source)
  const last = existsSync(folder) ? listSegments(folder).at(-1) : undefined
  if (last === undefined) return 0n
  let watermark = last.first - 1n
  for (const record of readSegment(last.path)?.records ?? [])
    if (record.kind === 'batch') watermark = record.first + BigInt(record.rows.length) - 1n
  return watermark
}

export interface ExportRequest<Closure> {
  readonly engine: Pick<OfflineEngine, 'open'>
  /** Journals of the push sources, one folder each. */
  readonly journalFolder: string
  readonly closure: Closure
  /** Where the Parquet files go; they are the caller's to remove. */
  readonly folder: string
  /** Versions the sources are read at; left out: as they are now. */
  readonly upTo?: Readonly<Record<string, SourceVersion>>
  /** Ingest sequences by source: rows up to and including them are left out. */
  readonly after?: Readonly<Record<string, bigint>>
  readonly projectFolder: string
  readonly signal?: AbortSignal
}

export interface ExportedPush<Closure> {
  /** The closure with every push source read from Parquet. */
  readonly closure: Closure
  /** `watermark:<n>` of each push source. */
  readonly versions: Readonly<Record<string, SourceVersion>>
  /** When Fettle accepted the last of the exported rows; null without any. */
  readonly newest: Micros | null
}

/**
 * Makes push sources readable by an engine: the rows of their journals become Parquet files with two more columns,
 * `__ingest_time` (Fettle's clock when it accepted the row: its known time where none is declared) and
 * `__ingest_sequence`. Rows written with `to: 'online'` are not there. Throws JOURNAL_DAMAGED, SCHEMA_MISMATCH.
 */
export async function exportPushed<Closure extends { readonly sources: readonly SourceData[] }>(
  request: ExportRequest<Closure>,
): Promise<ExportedPush<Closure>> {
  const pushed = request.closure.sources.filter(source => source.from.kind === 'push')
  if (pushed.length === 0) return { closure: request.closure, versions: {}, newest: null }
  const versions: Record<string, SourceVersion> = {}
  let newest: Micros | null = null
  const sees = (at: Micros): void => {
    if (newest === null || at > newest) newest = at
  }
  const { engine, projectFolder, signal } = request
  const session = await engine.open({ projectFolder, ...(signal === undefined ? {} : { signal }) })
  try {
    for (const source of pushed) {
      const upTo = upToOf(request, source)
      versions[source.name] = `watermark:${upTo}`
      const relation = `pushed_${source.name}`
      const fields = [...source.columns, ...ingestColumns]
      await session.addColumns(
        relation,
        fields,
        pieces(source, {
          folder: join(request.journalFolder, source.name),
          after: request.after?.[source.name] ?? 0n,
          upTo,
          sees,
        }),
      )
      await session.writeParquet(`SELECT * FROM "${relation}"`, fileOf(request.folder, source))
    }
  } finally {
    await session.close()
  }
  const sources = request.closure.sources.map(source => offlineSource(source, request.folder))
  return { closure: { ...request.closure, sources }, versions, newest }
}

const ingestColumns: readonly Field[] = [
  { name: '__ingest_time', type: 'timestamp' },
  { name: '__ingest_sequence', type: 'int64' },
]

const fileOf = (folder: string, source: SourceData): string => join(folder, `${source.name}.parquet`)

function upToOf<Closure>({ upTo, journalFolder }: ExportRequest<Closure>, source: SourceData): bigint {
  const version = upTo?.[source.name]
  const match = /^watermark:(\d+)$/.exec(version ?? '')
  return match ? BigInt(match[1] ?? '0') : pushedWatermark(journalFolder, source.name)
}

function offlineSource(source: SourceData, folder: string): SourceData {
  if (source.from.kind !== 'push') return source
  const column = (name: string): SourceData['knownAt'] => ({ kind: 'column', column: name })
  return {
    ...source,
    from: { kind: 'parquet', path: fileOf(folder, source) },
    columns: [...source.columns, ...ingestColumns],
    knownAt: source.knownAt.kind === 'ingest' ? column('__ingest_time') : source.knownAt,
    sequence: '__ingest_sequence',
  }
}

const rowsPerPiece = 65_536

interface Piece {
  readonly folder: string
  readonly after: bigint
  readonly upTo: bigint
  sees(accepted: Micros): void
}

function* pieces(source: SourceData, { folder, after, upTo, sees }: Piece): Generator<Batch> {
  let columns: Value[][] = [...source.columns, ...ingestColumns].map(() => [])
  const piece = (): Batch => ({
    rows: columns[0]?.length ?? 0,
    columns: columns.map(values => ({ kind: 'values', values })),
  })
  for (const { batch, fields } of allBatches(folder, after)) {
    if (batch.first > upTo) break
    if (!batch.offline) continue
    const rows = rowsFor(source, fields, batch.rows)
    if (rows === undefined) throw changed(source, fields)
    sees(batch.now)
    rows.forEach((row, index) => {
      const sequence = batch.first + BigInt(index)
      if (sequence <= after || sequence > upTo || isErased(row)) return
      const values = [...row, batch.now, sequence]
      for (const [at, column] of columns.entries()) column.push(values[at] ?? null)
    })
    if ((columns[0]?.length ?? 0) < rowsPerPiece) continue
    yield piece()
    columns = columns.map(() => [])
  }
  if ((columns[0]?.length ?? 0) > 0) yield piece()
}

/** What is left of a row whose key was erased: its place in the sequence. */
const isErased = (row: readonly Value[]): boolean => row.every(value => value === null)

function changed(source: SourceData, was: readonly Field[]): FettleError {
  const column = source.columns.find(each =>
    was.some(old => old.name === each.name && old.type !== each.type),
  )
  const old = was.find(each => each.name === column?.name)
  return new FettleError(
    'SCHEMA_MISMATCH',
    `push source ${source.name} was written with column "${column?.name}" of type ${old?.type}, now it is ${column?.type}`,
    { hint: 'Give the changed source a new name; what was written keeps its type.' },
  )
}
