import { type FSWatcher, mkdirSync, watch } from 'node:fs'
import { open, readFile, rename } from 'node:fs/promises'
import { basename, dirname } from 'node:path'
import { contentHash } from '../../kernel/canonical.ts'
import type { FeatureCatalog } from './model.ts'

type Content = Omit<FeatureCatalog, 'schema' | 'revision' | 'former'>

/**
 * The catalog of the definitions that are applied now. Versions that were live in the one before are kept as former
 * ones, with their sources as they were.
 */
export function featureCatalog(content: Content, before: FeatureCatalog = emptyCatalog): FeatureCatalog {
  const id = (view: { readonly name: string; readonly version: number }): string =>
    `${view.name}@v${view.version}`
  const live = new Set(content.views.map(id))
  const replaced = before.views.flatMap(view => {
    const source = before.sources.find(each => each.name === view.source)
    return source ? [{ view, source }] : []
  })
  const former = [...before.former, ...replaced].filter(({ view }) => !live.has(id(view)))
  const whole = { ...content, former: [...new Map(former.map(each => [id(each.view), each])).values()] }
  return { schema: 1, revision: contentHash(whole as never), ...whole }
}

export const emptyCatalog: FeatureCatalog = {
  schema: 1,
  revision: '',
  entities: [],
  sources: [],
  views: [],
  former: [],
  onDemand: [],
  services: {},
}

/** The catalog in a file; undefined when there is none, or none of ours. */
export async function readFeatureCatalog(path: string): Promise<FeatureCatalog | undefined> {
  try {
    const value = JSON.parse(await readFile(path, 'utf8')) as FeatureCatalog
    return value.schema === 1 && Array.isArray(value.views) && Array.isArray(value.former) ? value : undefined
  } catch {
    return undefined
  }
}

/** Replaces the file whole: a reader sees the former catalog or this one. */
export async function writeFeatureCatalog(path: string, catalog: FeatureCatalog): Promise<void> {
  mkdirSync(dirname(path), { recursive: true })
  const aside = `${path}.new`
  const file = await open(aside, 'w')
  try {
    await file.writeFile(JSON.stringify(catalog))
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(aside, path)
}

export interface CatalogWatch {
  current(): FeatureCatalog
  /** Reads the file now. */
  look(): Promise<void>
  close(): void
}

/** Follows the catalog file. A file that cannot be read changes nothing; without a file the catalog is empty. */
export async function watchFeatureCatalog(
  path: string,
  options: { readonly pollMillis?: number; onChange?(catalog: FeatureCatalog): void } = {},
): Promise<CatalogWatch> {
  let current = emptyCatalog
  let reading: Promise<void> | undefined
  const read = async (): Promise<void> => {
    const next = await readFeatureCatalog(path)
    if (next === undefined || next.revision === current.revision) return
    current = next
    options.onChange?.(next)
  }
  const look = (): Promise<void> => {
    reading ??= read().finally(() => {
      reading = undefined
    })
    return reading
  }
  mkdirSync(dirname(path), { recursive: true })
  let watcher: FSWatcher | undefined
  try {
    watcher = watch(dirname(path), (_event, name) => {
      if (name === null || name === basename(path)) void look()
    })
    watcher.on('error', () => undefined)
  } catch {
    // Polling alone still sees every change.
  }
  const poll = setInterval(look, options.pollMillis ?? 500)
  poll.unref()
  await look()
  return {
    current: () => current,
    look,
    close() {
      clearInterval(poll)
      watcher?.close()
    },
  }
}
