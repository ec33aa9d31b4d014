import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { text } from '../../features/index.ts'
import { canonicalJson } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { ShippedFile } from './manifest.ts'
import { asideFolder, putInPlace, type Shipping } from './ship-segment.ts'

/** Files below this are small. */
const smallBytes = 32 * 1024 * 1024
/** So many in a row are worth one file. */
const filesPerCompaction = 16
/** Notes are numbered per file; those of the next file begin here. */
const notesPerFile = 65_536

/** Runs of small files of one deployment, day and front, with the same columns, that follow each other. */
export function compactable(files: readonly ShippedFile[]): readonly (readonly ShippedFile[])[] {
  const lanes = new Map<string, ShippedFile[]>()
  for (const file of [...files].sort((a, b) => a.first - b.first)) {
    const lane = [file.deployment, file.date, file.node, file.front].join('/')
    lanes.set(lane, [...(lanes.get(lane) ?? []), file])
  }
  return [...lanes.values()].flatMap(runsOf).filter(run => run.length >= filesPerCompaction)
}

function runsOf(files: readonly ShippedFile[]): ShippedFile[][] {
  const runs: ShippedFile[][] = []
  let columns = ''
  for (const file of files) {
    const own = file.bytes < smallBytes ? canonicalJson(file.layout as never) : ''
    const run = runs.at(-1)
    if (own !== '' && own === columns && run) run.push(file)
    else if (own !== '') runs.push([file])
    columns = own
  }
  return runs
}

/** One file with the rows of several, in their order. It is nobody's until the manifest names it. */
export async function compactFiles(
  { folder, engine }: Pick<Shipping, 'folder' | 'engine'>,
  files: readonly ShippedFile[],
): Promise<ShippedFile> {
  const [begin, end] = [files[0], files.at(-1)]
  if (!begin || !end) throw new TypeError('there is nothing to compact')
  const number = (segment: number) => String(segment).padStart(10, '0')
  const name = `${begin.node}-${begin.front}-${number(begin.first)}_${number(end.last)}-${randomBytes(4).toString('hex')}`
  const path = join(dirname(begin.path), `${name}.parquet`)
  const aside = join(folder, asideFolder, `${name}.parquet`)
  await mkdir(dirname(aside), { recursive: true })
  const session = await engine.open({ projectFolder: folder, reach: { files: [], folders: [folder] } })
  try {
    const parts = files.map(
      (file, i) =>
        `SELECT * REPLACE (note + ${i * notesPerFile} AS note) FROM read_parquet(${text(join(folder, file.path))})`,
    )
    await session.writeParquet(parts.join(' UNION ALL BY NAME '), aside)
    const rows = files.reduce((sum, file) => sum + file.rows, 0)
    const [[written]] = (await session.rows(`SELECT count(*) FROM read_parquet(${text(aside)})`, [
      { name: 'rows', type: 'int64' },
    ])) as [[bigint]]
    if (Number(written) !== rows)
      throw new FettleError(
        'LOG_DAMAGED',
        `${files.length} files of decisions hold ${written} rows, not ${rows}`,
      )
    const bytes = await putInPlace(aside, join(folder, path))
    const from = Math.min(...files.map(file => file.from))
    const to = Math.max(...files.map(file => file.to))
    return { ...begin, path, last: end.last, rows, bytes, from, to }
  } finally {
    await session.close()
    await rm(aside, { force: true })
  }
}
