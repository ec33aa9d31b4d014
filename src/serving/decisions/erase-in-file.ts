import { randomBytes } from 'node:crypto'
import { mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { id, type OfflineSession, text } from '../../features/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { type Field, runValues, type Value } from '../../kernel/values/index.ts'
import { type DecisionRecord, featureStates } from '../model.ts'
import { fieldColumn, heldFields } from './columns.ts'
import { readOthers } from './entity-values.ts'
import type { IsErasedDecision } from './erase-decision.ts'
import type { ShippedFile } from './manifest.ts'
import { asideFolder, putInPlace, type Shipping } from './ship-segment.ts'
import { readNotes } from './shipped-files.ts'

/** A decision of a file, as far as it is needed to tell whom it is about. */
export interface FoundDecision extends Pick<DecisionRecord, 'release' | 'entity' | 'predictionId'> {
  /** Row of the file. */
  readonly position: bigint
}

type Place = Pick<Shipping, 'folder' | 'engine'>

/** Decisions of a file that are about somebody erased and still say so. */
export async function erasedInFile(
  place: Place,
  file: ShippedFile,
  isErased: IsErasedDecision,
): Promise<readonly FoundDecision[]> {
  const session = await openFor(place)
  try {
    return await erasedRows(session, { place, file, isErased })
  } finally {
    await session.close()
  }
}

/**
 * The file without what it says of them: the same rows in the same order. It is nobody's until the manifest names it; nothing
 * where nobody is in it.
 */
export async function eraseInFile(
  place: Place,
  file: ShippedFile,
  isErased: IsErasedDecision,
): Promise<ShippedFile | undefined> {
  const name = `${randomBytes(8).toString('hex')}.parquet`
  const path = file.path.replace(/(-[0-9a-f]{8}e)?\.parquet$/, `-${name.slice(0, 8)}e.parquet`)
  const aside = join(place.folder, asideFolder, name)
  await mkdir(dirname(aside), { recursive: true })
  const session = await openFor(place)
  try {
    const gone = await erasedRows(session, { place, file, isErased })
    if (gone.length === 0) return undefined
    await session.addColumns(
      'erased',
      [{ name: 'position', type: 'int64' }],
      [{ rows: gone.length, columns: [{ kind: 'values', values: gone.map(each => each.position) }] }],
    )
    await session.writeParquet(
      `SELECT n.* EXCLUDE (${position}) REPLACE (${replaced(file)}) FROM (${numbered(place, file)}) AS n LEFT JOIN erased AS e ON e.position = n.${position} ORDER BY n.${position}`,
      aside,
    )
    const [[written] = []] = await session.rows(`SELECT count(*) FROM read_parquet(${text(aside)})`, [
      { name: 'rows', type: 'int64' },
    ])
    if (Number(written) !== file.rows)
      throw new FettleError('LOG_DAMAGED', `${file.path} holds ${written} decisions, not ${file.rows}`)
    return { ...file, path, bytes: await putInPlace(aside, join(place.folder, path)) }
  } finally {
    await session.close()
    await rm(aside, { force: true })
  }
}

const position = '__position'

const openFor = ({ engine, folder }: Place): Promise<OfflineSession> =>
  engine.open({ projectFolder: folder, reach: { files: [], folders: [folder] } })

const numbered = ({ folder }: Place, { path }: ShippedFile): string =>
  `SELECT * EXCLUDE (file_row_number), file_row_number AS ${position} FROM read_parquet(${text(join(folder, path))}, file_row_number = true)`

/** What a person's row says instead: nothing. */
function replaced({ layout }: ShippedFile): string {
  const erased = featureStates.indexOf('erased')
  const instead = (name: string): string | undefined => {
    if (name.startsWith('vector.')) return `CAST('NaN' AS DOUBLE)`
    if (name.startsWith('state.')) return `CAST(${erased} AS UTINYINT)`
    return /^(key|field|time)\.|^other_fields$/.test(name) ? 'NULL' : undefined
  }
  return heldFields(layout)
    .flatMap(({ name }) => {
      const other = instead(name)
      const own = `n.${id(name)}`
      return other ? [`CASE WHEN e.position IS NULL THEN ${own} ELSE ${other} END AS ${id(name)}`] : []
    })
    .join(', ')
}

async function erasedRows(
  session: OfflineSession,
  {
    place,
    file,
    isErased,
  }: { readonly place: Place; readonly file: ShippedFile; readonly isErased: IsErasedDecision },
): Promise<readonly FoundDecision[]> {
  const keys = file.layout.fields.filter(({ role }) => role === 'key')
  if (keys.length === 0) return []
  const notes = await readNotes(session, `read_parquet(${text(join(place.folder, file.path))})`)
  const types = new Map(heldFields(file.layout).map(({ name, type }) => [name, type]))
  const fields: readonly Field[] = [
    { name: position, type: 'int64' },
    { name: 'note', type: 'int64' },
    { name: 'base', type: 'string' },
    { name: 'row', type: 'int64' },
    { name: 'other_fields', type: 'string' },
    ...keys.map(field => ({
      name: fieldColumn(field),
      type: types.get(fieldColumn(field)) ?? ('string' as const),
    })),
  ]
  const columns = fields.map(({ name, type }) =>
    type === 'int64' ? `CAST(${id(name)} AS BIGINT)` : id(name),
  )
  const found: FoundDecision[] = []
  const sql = `SELECT ${columns.join(', ')} FROM (${numbered(place, file)})`
  for await (const batch of session.stream(sql, fields)) {
    const [positions = [], numbers = [], bases = [], rows = [], others = [], ...values] = batch.columns.map(
      (run, at) => runValues(run, fields[at]?.type ?? 'string'),
    )
    for (let at = 0; at < batch.rows; at++) {
      const release = notes.get(Number(numbers[at]))
      const held = keys.map(({ name }, key): [string, Value] => [name, values[key]?.[at] ?? null])
      const entity = { ...Object.fromEntries(held), ...readOthers((others[at] ?? null) as string | null) }
      if (release && isErased({ release, entity }))
        found.push({
          ...{ release, entity, position: positions[at] as bigint },
          predictionId: `${String(bases[at])}-${String(rows[at])}`,
        })
    }
  }
  return found
}
