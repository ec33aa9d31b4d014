import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { FrontAddress, NumberedFront } from '../adapters/data-plane/http/index.ts'
import { type FolderLock, lockFolder } from '../adapters/metadata/sqlite/folder-lock.ts'
import { isFettleError } from '../kernel/errors/index.ts'
import { parseSegmentFileName, recoverSegments } from '../serving/index.ts'

/** What makes a front one of several over one serving folder: its number, which names its log. */
export interface FrontNumber {
  readonly number: number
  /** Says where this front answers, for whoever looks for the fronts of a folder. */
  announce(address: FrontAddress): Promise<void>
  release(): Promise<void>
}

const maxFronts = 256

const folderOf = (servingFolder: string): string => join(servingFolder, 'fronts')

/** The lowest number nobody has. Two writers of one log would cut each other's records. */
export async function takeFrontNumber(servingFolder: string): Promise<FrontNumber> {
  for (let number = 0; number < maxFronts; number++) {
    const lock = await lockOf(servingFolder, number)
    if (!lock) continue
    await recoverAbandoned(servingFolder, number)
    const file = join(folderOf(servingFolder), `${number}.json`)
    return {
      number,
      async announce(address) {
        await writeFile(`${file}.new`, JSON.stringify({ pid: process.pid, number, ...address }))
        await rename(`${file}.new`, file)
      },
      async release() {
        await rm(file, { force: true })
        lock.release()
      },
    }
  }
  throw new Error(`${maxFronts} fronts use ${servingFolder} already`)
}

async function lockOf(servingFolder: string, number: number): Promise<FolderLock | undefined> {
  try {
    return await lockFolder(join(folderOf(servingFolder), String(number)))
  } catch (error) {
    if (isFettleError(error, 'FOLDER_IN_USE')) return undefined
    throw error
  }
}

/**
 * A front that died may leave a number that nobody takes again: its log is sealed, and what it said of itself is taken back,
 * by whoever comes next.
 */
async function recoverAbandoned(servingFolder: string, mine: number): Promise<void> {
  const log = join(servingFolder, 'log')
  const names = (await readdir(log).catch(() => [])).flatMap(file => parseSegmentFileName(file) ?? [])
  const open = names.filter(each => each.open).map(({ front }) => front)
  const announced = (await announcedFronts(servingFolder)).map(({ number }) => number)
  for (const number of new Set([...open, ...announced])) {
    const lock = number === mine ? undefined : await lockOf(servingFolder, number)
    if (!lock) continue
    recoverSegments(log, number)
    await rm(join(folderOf(servingFolder), `${number}.json`), { force: true })
    lock.release()
  }
}

/** The fronts of a folder as they said of themselves; one that was killed stays here until another one starts. */
export async function announcedFronts(servingFolder: string): Promise<readonly NumberedFront[]> {
  const folder = folderOf(servingFolder)
  const files = (await readdir(folder).catch(() => [])).filter(file => /^\d+\.json$/.test(file))
  const read = files.map(async file => {
    const text = await readFile(join(folder, file), 'utf8').catch(() => undefined)
    return text === undefined ? [] : [JSON.parse(text) as NumberedFront]
  })
  return (await Promise.all(read)).flat().toSorted((a, b) => a.number - b.number)
}
