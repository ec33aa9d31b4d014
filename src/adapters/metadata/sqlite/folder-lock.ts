import { rmSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FettleError } from '../../../kernel/errors/index.ts'
import { formatTimestamp, type Micros } from '../../../kernel/time.ts'
import { execute } from './driver.ts'
import { isBusy, loadSqlite } from './engine.ts'

export interface FolderLock {
  /** Lets the next one in; again is a no-op. The end of the process does the same, however it ends. */
  release(): void
}

/** A connection that nobody refers to is closed by the garbage collector, and its lock with it. */
const held = new Set<unknown>()

interface Holder {
  readonly pid: number
  readonly since: string
}

/**
 * Makes this process the only user of a `.fettle` folder, by an exclusive transaction on `lock.sqlite` that the operating
 * system ends with the process. Throws FOLDER_IN_USE with the pid of the holder and since when it holds the folder.
 */
export async function lockFolder(
  folder: string,
  now: Micros = BigInt(Date.now()) * 1000n,
): Promise<FolderLock> {
  await mkdir(folder, { recursive: true })
  const { DatabaseSync } = await loadSqlite()
  const database = new DatabaseSync(join(folder, 'lock.sqlite'))
  try {
    execute(database, ['pragma busy_timeout = 0', 'pragma journal_mode = delete', 'begin exclusive'])
  } catch (error) {
    database.close()
    if (!isBusy(error)) throw error
    throw inUse(folder, await readHolder(folder), error)
  }
  await writeHolder(folder, { pid: process.pid, since: formatTimestamp(now) })
  held.add(database)
  return {
    release() {
      if (!held.delete(database)) return
      rmSync(holderFile(folder), { force: true })
      database.close()
    },
  }
}

const holderFile = (folder: string) => join(folder, 'holder.json')

async function writeHolder(folder: string, holder: Holder): Promise<void> {
  await writeFile(holderFile(folder), `${JSON.stringify(holder)}\n`)
}

async function readHolder(folder: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(holderFile(folder), 'utf8')) as Holder
  } catch {
    return undefined
  }
}

function inUse(folder: string, holder: Holder | undefined, cause: unknown): FettleError {
  const who = holder === undefined ? 'another process' : `process ${holder.pid}, since ${holder.since},`
  return new FettleError('FOLDER_IN_USE', `The folder ${folder} is used by ${who} and cannot be shared`, {
    details: holder === undefined ? {} : { pid: holder.pid, since: holder.since },
    cause,
  })
}
