import { mkdirSync } from 'node:fs'
import { join } from 'node:path'

/** Everything a running Fettle keeps, below `<project>/.fettle`. */
export interface Folders {
  readonly project: string
  readonly root: string
  readonly metadata: string
  readonly objects: string
  readonly online: string
  readonly serving: string
  readonly work: string
  readonly logs: string
  readonly environments: string
  readonly serverFile: string
}

export function foldersOf(project: string): Folders {
  const root = join(project, '.fettle')
  const below = (name: string) => join(root, name)
  return {
    project,
    root,
    metadata: below('meta.sqlite'),
    objects: below('objects'),
    online: below('online'),
    serving: below('serving'),
    work: below('work'),
    logs: below('logs'),
    // Environments are the same for every project of a person, and heavy: an organisation may share one folder.
    environments: process.env['FETTLE_ENVIRONMENTS'] ?? below('environments'),
    serverFile: below('server.json'),
  }
}

/** What the front knows of the applied definitions. */
export const featureCatalogFile = (serving: string): string => join(serving, 'features.json')
/** Tokens of erased keys: beside what the front knows of the definitions. */
export const erasedKeysFile = (serving: string): string => join(serving, 'erased.json')
/** Journals of the push sources. */
export const journalFolder = (serving: string): string => join(serving, 'journal')
/** Files of decisions: what the prediction log becomes. */
export const decisionsFolder = (root: string): string => join(root, 'decisions')
/** What was read of an object store that is elsewhere. */
export const objectCache = (root: string): string => join(root, 'object-cache')
/** Fettle's own copies of sources with `copy: true`. */
export const copyFolder = (root: string): string => join(root, 'copies')

export function makeFolders(folders: Folders): void {
  for (const folder of [
    folders.root,
    folders.objects,
    folders.online,
    folders.serving,
    folders.work,
    folders.logs,
  ])
    mkdirSync(folder, { recursive: true })
}
