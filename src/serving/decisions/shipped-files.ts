import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { id, type OfflineEngine, type OfflineSession, text } from '../../features/index.ts'
import { segmentFileName } from '../log/segment.ts'
import type { ReleaseNote } from '../model.ts'
import { type PlacedDecision, readBatch, readColumns, readFields } from './columns.ts'
import type { ShippedFile } from './manifest.ts'

/** The committed files, as the control plane last published them: readers of any process start here. */
export interface PublishedManifest {
  readonly schema: 1
  readonly files: readonly ShippedFile[]
}

export const manifestFile = 'manifest.json'

export interface FileQuery {
  /** SQL over the columns of the file. */
  readonly where: string
  readonly orderBy: string
  readonly limit: number
}

/** Decisions in Parquet files. What is not in the published manifest is not there. */
export interface ShippedFiles {
  files(): Promise<readonly ShippedFile[]>
  read(file: ShippedFile, query: FileQuery): Promise<readonly PlacedDecision[]>
  /** One row of numbers, by name. */
  count(file: ShippedFile, select: Readonly<Record<string, string>>, where: string): Promise<Counted>
}

export type Counted = Readonly<Record<string, number | null>>

/** Nothing has been shipped, or nothing that was shipped is asked for. */
export const noShippedFiles: ShippedFiles = {
  files: async () => [],
  read: async () => [],
  count: async () => ({}),
}

export function openShippedFiles(
  folder: string,
  engine: () => Promise<Pick<OfflineEngine, 'open'>>,
): ShippedFiles {
  const notes = new Map<string, Promise<ReadonlyMap<number, ReleaseNote>>>()

  async function inSession<Result>(work: (session: OfflineSession) => Promise<Result>): Promise<Result> {
    const opened = await engine()
    const session = await opened.open({ projectFolder: folder, reach: { files: [], folders: [folder] } })
    try {
      return await work(session)
    } finally {
      await session.close()
    }
  }

  const relation = (file: ShippedFile) => `read_parquet(${text(join(folder, file.path))})`

  function notesOf(session: OfflineSession, file: ShippedFile): Promise<ReadonlyMap<number, ReleaseNote>> {
    const known = notes.get(file.path)
    if (known) return known
    const read = readNotes(session, relation(file))
    notes.set(file.path, read)
    read.catch(() => notes.delete(file.path))
    return read
  }

  return {
    async files() {
      const written = await readFile(join(folder, manifestFile), 'utf8').catch(() => undefined)
      return written === undefined ? [] : (JSON.parse(written) as PublishedManifest).files
    },
    read: (file, { where, orderBy, limit }) =>
      inSession(async session => {
        const { layout, front } = file
        const names = await notesOf(session, file)
        const sql = `SELECT ${readColumns(layout)} FROM ${relation(file)} WHERE ${where} ORDER BY ${orderBy} LIMIT ${limit}`
        const found: PlacedDecision[] = []
        for await (const batch of session.stream(sql, readFields(layout)))
          found.push(
            ...readBatch(batch, { layout, notes: names, segmentName: number => placeName(front, number) }),
          )
        return found
      }),
    count: (file, select, where) =>
      inSession(async session => {
        const columns = Object.entries(select)
        const [row = []] = await session.rows(
          `SELECT ${columns.map(([name, sql]) => `CAST(${sql} AS DOUBLE) AS ${id(name)}`).join(', ')} FROM ${relation(file)} WHERE ${where}`,
          columns.map(([name]) => ({ name, type: 'float64' })),
        )
        return Object.fromEntries(columns.map(([name], i) => [name, row[i] as number | null]))
      }),
  }
}

/** The release notes of a file, by their numbers in it. */
export async function readNotes(
  session: OfflineSession,
  relation: string,
): Promise<Map<number, ReleaseNote>> {
  const rows = await session.rows(
    `SELECT note, release_note FROM ${relation} WHERE release_note IS NOT NULL`,
    [
      { name: 'note', type: 'int64' },
      { name: 'release_note', type: 'string' },
    ],
  )
  return new Map(rows.map(([note, written]) => [Number(note), JSON.parse(String(written)) as ReleaseNote]))
}

/** A decision keeps saying which segment it was logged in; the file of that name may be gone. */
function placeName(front: number, segment: number): string {
  return segmentFileName({ front, segment, createdMillis: 0, open: false }).replace(/-0+\.log$/, '')
}
