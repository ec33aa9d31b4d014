import { existsSync, readdirSync, renameSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { MetadataDatabase } from '../../adapters/metadata/index.ts'
import {
  appliedRevision,
  copyWithout,
  countErased,
  countKey,
  countStored,
  type ErasedKeys,
  entityKey,
  erasedKeys,
  erasedRows,
  type FeatureCatalog,
  forgetKey,
  keyedSources,
  type OfflineEngine,
  type OnlineStore,
  readSuppressionList,
} from '../../features/index.ts'
import type { ErasurePlace, ErasureSubject } from '../../governance/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { ObjectStore } from '../../pipelines/index.ts'
import { checksRef } from '../../projects/index.ts'
import type { RegistryService } from '../../registry/index.ts'
import type { IsErasedDecision } from '../../serving/index.ts'
import { erasedKeysFile, type Folders, journalFolder } from '../folders.ts'
import { catalogOf, entityOf } from './erase.ts'

/** What the places of an installation are reached by. */
export interface ErasurePlaces {
  readonly folders: Folders
  readonly guard: { readonly secret: Uint8Array }
  readonly database: MetadataDatabase
  readonly objects: ObjectStore
  readonly registry: Pick<RegistryService, 'listModels' | 'listVersions'>
  /** The online store is files of ours. */
  readonly embeddedStore: boolean
  openStore(): Promise<OnlineStore>
  /** Puts files of decisions without somebody in the places of those that hold them. */
  eraseFiles(isErased: IsErasedDecision): Promise<void>
  /** An engine that reads Parquet files of ours. */
  readonly engine: () => Promise<OfflineEngine>
}

/** A list with one key on it. */
export function onlyKey({ entity, token }: ErasureSubject, guard: ErasurePlaces['guard']): ErasedKeys {
  const entry = { entity, token, receipt: '', effective: '' }
  return erasedKeys({ schema: 1, revision: '', entries: [entry] }, guard)
}

/** Every generation of every version of a view: records, tiles, written rows and versions of events. */
export function onlinePlace(places: ErasurePlaces): ErasurePlace {
  const each = async (
    { entity, key: texts }: ErasureSubject,
    act: (store: OnlineStore, of: Parameters<typeof countKey>[1]) => Promise<number>,
  ): Promise<number> => {
    const catalog = await catalogOf(places)
    const { key } = entityKey(entityOf(catalog, entity), texts, places.guard)
    const store = await places.openStore()
    try {
      let total = 0
      for (const of of viewsOfEntity(catalog, entity)) total += await act(store, { ...of, key })
      return total
    } finally {
      await store.close()
    }
  }
  return {
    store: 'online',
    act: 'deleted',
    count: subject => each(subject, countKey),
    async remove(subject) {
      await each(subject, async (store, of) => (await forgetKey(store, of, places.guard)).records)
    },
  }
}

function viewsOfEntity({ views, former, sources }: FeatureCatalog, entity: string) {
  const live = views.flatMap(view => {
    const source = sources.find(each => each.name === view.source)
    return source ? [{ view, source }] : []
  })
  return [...live, ...former].filter(({ view }) => view.entity === entity)
}

const frontMillis = 20_000

/** The journals of push sources. Their one writer, the front, takes the rows out; this waits and reads what is left. */
export function journalPlace({ folders, guard }: ErasurePlaces): ErasurePlace {
  const root = journalFolder(folders.serving)
  const listFile = erasedKeysFile(folders.serving)
  return {
    store: 'journal',
    act: 'rewritten',
    async count(subject) {
      const catalog = await catalogOf({ folders })
      const erased = onlyKey(subject, guard)
      return foldersIn(root)
        .map(source => countErased(join(root, source), erasedRows(catalog, source, erased)))
        .reduce((sum, count) => sum + count, 0)
    },
    async remove() {
      const { revision } = await readSuppressionList(listFile)
      for (const end = Date.now() + frontMillis; (await appliedRevision(listFile)) !== revision; ) {
        if (Date.now() > end)
          throw new FettleError(
            'STORE_UNAVAILABLE',
            'the data plane has not taken the key out of its journals',
            {
              hint: 'It goes on by itself as soon as fettle dev serves again.',
            },
          )
        await sleep(100)
      }
    },
  }
}

/** Rows that checks kept apart. */
export function quarantinePlace(places: ErasurePlaces): ErasurePlace {
  const root = join(places.folders.root, 'quarantine')
  const files = async (subject: ErasureSubject) => {
    const catalog = await catalogOf(places)
    const engine = await places.engine()
    const erased = onlyKey(subject, places.guard)
    return foldersIn(root).flatMap(source => {
      const columns = catalog.sources.find(each => each.name === source)?.columns ?? []
      const keys = keysIn(catalog, source, subject.entity)
      return foldersIn(join(root, source))
        .map(version => join(root, source, version, 'rows.parquet'))
        .filter(path => existsSync(path))
        .map(path => ({ engine, path, columns, keys, erased }))
    })
  }
  return {
    store: 'quarantine',
    act: 'rewritten',
    async count(subject) {
      let count = 0
      for (const file of await files(subject)) count += await countStored(file)
      return count
    },
    async remove(subject) {
      for (const file of await files(subject)) {
        const aside = `${file.path}.erasing`
        await rm(aside, { force: true })
        if ((await copyWithout(file, aside)) > 0) renameSync(aside, file.path)
      }
    },
  }
}

/** Columns of a source that hold keys of an entity. */
const keysIn = (catalog: FeatureCatalog, source: string, entity: string) =>
  keyedSources(catalog).filter(each => each.source === source && each.entity === entity)

interface Samples {
  readonly columns: readonly string[]
  readonly rows: readonly (readonly (string | null)[])[]
}

interface Reported {
  readonly results: readonly { readonly samples?: Samples }[]
}

/** Bad rows that reports of data checks show: those of the key are taken out. */
export function checkReportsPlace(places: ErasurePlaces): ErasurePlace {
  const reports = async (subject: ErasureSubject) => {
    const catalog = await catalogOf(places)
    const { definitions } = places.database.read
    const found: {
      ref: ReturnType<typeof checksRef>
      id: string
      report: Reported
      kept: Reported
      count: number
    }[] = []
    for (const { name } of catalog.sources) {
      const keys = keysIn(catalog, name, subject.entity)
      const ref = checksRef(`source:${name}`)
      for (const { id, report } of keys.length === 0 ? [] : await definitions.listBuilds(ref, 1_000_000)) {
        let count = 0
        const results = (report as unknown as Reported).results.map(result => {
          const { samples } = result
          if (!samples) return result
          const rows = samples.rows.filter(
            row => !keys.some(({ columns }) => isOf(subject, { columns, names: samples.columns }, row)),
          )
          count += samples.rows.length - rows.length
          return { ...result, samples: { ...samples, rows } }
        })
        const kept = { ...(report as unknown as Reported), results }
        if (count > 0) found.push({ ref, id, report: report as unknown as Reported, kept, count })
      }
    }
    return found
  }
  return {
    store: 'check-reports',
    act: 'rewritten',
    count: async subject => (await reports(subject)).reduce((sum, { count }) => sum + count, 0),
    async remove(subject) {
      for (const { ref, id, kept } of await reports(subject))
        await places.database.transaction(({ definitions }) =>
          definitions.replaceReport({ ref, id, report: kept as never }),
        )
    },
  }
}

function isOf(
  { key }: ErasureSubject,
  { names, columns }: { readonly names: readonly string[]; readonly columns: readonly string[] },
  row: readonly (string | null)[],
): boolean {
  return columns.every((column, index) => unquoted(row[names.indexOf(column)] ?? null) === key[index])
}

/** Samples show values as JSON has them. */
function unquoted(shown: string | null): string | null {
  return shown?.startsWith('"') ? (JSON.parse(shown.endsWith('"') ? shown : `${shown}"`) as string) : shown
}

function foldersIn(root: string): readonly string[] {
  if (!existsSync(root)) return []
  return readdirSync(root, { withFileTypes: true }).flatMap(each => (each.isDirectory() ? [each.name] : []))
}
