import { copyFileSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { copySqlite } from '../adapters/metadata/sqlite/copy.ts'
import { lockFolder } from '../adapters/metadata/sqlite/folder-lock.ts'
import { openFilesystemObjects } from '../adapters/objects/filesystem/index.ts'
import { FettleError, isFettleError } from '../kernel/errors/index.ts'
import type { ObjectStore } from '../pipelines/index.ts'
import { readProjectFile } from '../projects/project-file.ts'
import { erasedKeysFile, type Folders, foldersOf, makeFolders } from './folders.ts'
import { type Mirrored, mirrorFolder } from './mirror-folder.ts'
import { keptKeys } from './project-keys.ts'
import { embeddedMetadata } from './provider-names.ts'
import { openObjects } from './storage.ts'

export interface CopiedObjects {
  /** Copied now. */
  readonly copied: number
  readonly bytes: number
  /** There already. */
  readonly present: number
  /** Hashes of objects whose bytes are not what was stored: these are not copied. */
  readonly damaged: readonly string[]
}

export interface BackupReport extends CopiedObjects {
  /** False: the database is a server's, and is copied by its own tools. */
  readonly metadata: boolean
  /** Of decisions and feedback, copied now. */
  readonly records: Mirrored
}

/**
 * Copies a project's metadata, where that is a file, then every object, the project's keys, and its records to `to`, while
 * Fettle runs: the prediction log, the files it has become, the feedback log, the list of erased keys.
 * Objects that are there from a former backup are not copied again. The metadata comes first: what it refers to is
 * stored before it and not removed within the day, so the objects of the copy are complete. Files of decisions may be replaced
 * by others at any time: they are copied before the metadata, and those that came since, after it.
 */
export async function backUp(folder: string, to: string): Promise<BackupReport> {
  const { providers } = await readProjectFile(folder)
  const folders = foldersOf(folder)
  const isFile = embeddedMetadata(providers)
  if (isFile && !existsSync(folders.metadata))
    throw new FettleError('BACKUP_INVALID', `nothing was ever run in ${folder}: there is no metadata to copy`)
  if (existsSync(join(to, 'fettle.json')))
    throw new FettleError(
      'BACKUP_INVALID',
      `${to} is a project: a backup there would lay its keys beside the code`,
      {
        hint: 'Name a folder of its own, best on another disk: fettle backup FOLDER.',
      },
    )
  mkdirSync(to, { recursive: true, mode: 0o700 })
  // What is gone before the metadata is copied is nothing it refers to; a dump of a server may be older.
  const early = await mirrorRecords(folders.root, to, isFile)
  if (isFile) await copySqlite(folders.metadata, join(to, metadataFile))
  const late = await mirrorRecords(folders.root, to, false)
  const objects = await copyObjects(
    await openObjects(providers, folders),
    await openFilesystemObjects(join(to, 'objects')),
  )
  copyKeys(folders.root, to)
  const records = { files: early.files + late.files, bytes: early.bytes + late.bytes }
  return { ...objects, metadata: isFile, records }
}

/**
 * Brings a backup into a project that has nothing yet: its metadata, where that is a file, its keys, and the objects that
 * the object store lacks. Throws BACKUP_INVALID, FOLDER_IN_USE.
 */
export async function restore(folder: string, from: string): Promise<BackupReport> {
  const { providers } = await readProjectFile(folder)
  const folders = foldersOf(folder)
  const isFile = embeddedMetadata(providers)
  if (!existsSync(join(from, 'objects')) || (isFile && !existsSync(join(from, metadataFile))))
    throw new FettleError('BACKUP_INVALID', `${from} holds no backup of this kind of project`)
  makeFolders(folders)
  const lock = isFile ? await lockFolder(folders.root) : undefined
  try {
    if (isFile && existsSync(folders.metadata))
      throw new FettleError(
        'BACKUP_INVALID',
        `${folder} has metadata already, which a restore would replace`,
        {
          hint: 'Restore into a project without a .fettle folder, or move that folder away first.',
        },
      )
    // The keys and objects first: killed before the metadata stands, the restore can be repeated.
    copyKeys(from, folders.root)
    const objects = await copyObjects(
      await openFilesystemObjects(join(from, 'objects')),
      await openObjects(providers, folders),
    )
    const records = await mirrorRecords(from, folders.root, false)
    if (isFile) await restoreMetadata(from, folders)
    return { ...objects, metadata: isFile, records }
  } finally {
    lock?.release()
  }
}

const metadataFile = 'meta.sqlite'
/** Below the folder of a project, and of a backup. */
const recordFolders = ['decisions', join('serving', 'log'), join('serving', 'feedback')] as const
const erasedKeys = erasedKeysFile('serving')

async function mirrorRecords(from: string, to: string, exact: boolean): Promise<Mirrored> {
  let [files, bytes] = [0, 0]
  for (const folder of recordFolders) {
    const found = await mirrorFolder(join(from, folder), join(to, folder), exact)
    files += found.files
    bytes += found.bytes
  }
  if (existsSync(join(from, erasedKeys))) {
    mkdirSync(join(to, 'serving'), { recursive: true, mode: 0o700 })
    copyFileSync(join(from, erasedKeys), join(to, erasedKeys))
  }
  return { files, bytes }
}

async function restoreMetadata(from: string, { metadata }: Folders): Promise<void> {
  await copySqlite(join(from, metadataFile), metadata)
}

async function copyObjects(from: ObjectStore, to: ObjectStore): Promise<CopiedObjects> {
  const report = { copied: 0, bytes: 0, present: 0, damaged: [] as string[] }
  for await (const { hash, bytes } of from.all()) {
    if (await to.has(hash)) {
      report.present += 1
      continue
    }
    try {
      await to.putStream(from.read(hash), { hash })
      report.copied += 1
      report.bytes += bytes
    } catch (error) {
      if (isFettleError(error, 'OBJECT_CORRUPT')) report.damaged.push(hash)
      // Removed since it was listed: nothing refers to it.
      else if (!isFettleError(error, 'OBJECT_UNKNOWN')) throw error
    }
  }
  return report
}

/** A key that is there stays: tokens made with another would match nothing. */
function copyKeys(from: string, to: string): void {
  for (const name of keptKeys)
    if (existsSync(join(from, name)) && !existsSync(join(to, name)))
      copyFileSync(join(from, name), join(to, name))
}
