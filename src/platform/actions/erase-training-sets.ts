import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { lastRow } from '../../adapters/engines/duckdb/last-row.ts'
import { countStored, type KeyColumns, redactSet, type TrainingSetManifest } from '../../features/index.ts'
import type { ErasureFacts, ErasurePlace, ErasureSubject } from '../../governance/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import type { BuildRecord } from '../../projects/index.ts'
import { catalogOf } from './erase.ts'
import { type ErasurePlaces, onlyKey } from './erase-places.ts'

type Manifest = TrainingSetManifest & { readonly example?: Readonly<Record<string, Json>> }

interface StoredBuild {
  readonly build: BuildRecord
  readonly manifest: Manifest
  readonly keys: readonly KeyColumns[]
  /** Where its rows are; undefined when they are no longer stored. */
  readonly path: string | undefined
}

export interface TrainingSetsPlace extends ErasurePlace {
  /** Sets that an erasure took rows from, and those in which its key cannot be found because they do not hold it. */
  redacted(
    entity: string,
    receipt: string,
  ): Promise<{ readonly datasets: ErasureFacts['datasets']; readonly unreadable: ErasureFacts['open'] }>
}

/** Stored training sets: files, and the example row that is kept with each build. */
export function trainingSetsPlace(places: ErasurePlaces): TrainingSetsPlace {
  const { guard, engine } = places
  const stored = async ({ path, manifest, keys }: StoredBuild, subject: ErasureSubject) =>
    path === undefined
      ? undefined
      : {
          engine: await engine(),
          path,
          columns: manifest.columns,
          keys: keys.filter(each =>
            each.columns.every(name => manifest.columns.some(column => column.name === name)),
          ),
          erased: onlyKey(subject, guard),
        }
  return {
    store: 'training-sets',
    act: 'rewritten',
    async count(subject) {
      let count = 0
      for (const each of await buildsWith(places, subject.entity)) {
        const file = await stored(each, subject)
        count += (file ? await countStored(file) : 0) + (isExample(each, subject) ? 1 : 0)
      }
      return count
    },
    async remove(subject, receipt) {
      for (const each of await buildsWith(places, subject.entity)) {
        const file = await stored(each, subject)
        await redact(places, each, { file, receipt, example: isExample(each, subject) })
      }
      // The former bytes go last, all together: two builds may be one file. A killed run finds them by the records.
      for (const { manifest } of await buildsWith(places, subject.entity))
        for (const { files } of manifest.former ?? [])
          for (const { sha256 } of files) await places.objects.remove(`sha256:${sha256}`)
    },
    async redacted(entity, receipt) {
      const builds = await buildsWith(places, entity)
      const datasets = builds.flatMap(({ manifest: { id, name, rows, former = [] } }) => {
        const at = former.findIndex(each => each.receipt === receipt)
        const after = former[at + 1]?.rows ?? rows
        return at < 0 ? [] : [{ id, name, rows: (former[at]?.rows ?? 0) - after }]
      })
      const unreadable = builds.flatMap(({ manifest, keys, path }) => {
        const missing = keys
          .flatMap(each => each.columns)
          .filter(name => !manifest.columns.some(column => column.name === name))
        return path === undefined || missing.length === 0
          ? []
          : [
              {
                what: `training set ${manifest.id} of ${manifest.name}`,
                why: `its rows do not hold ${[...new Set(missing)].join(', ')}: build it again`,
              },
            ]
      })
      return { datasets, unreadable }
    },
  }
}

async function redact(
  { database, objects, folders }: ErasurePlaces,
  { build, manifest }: StoredBuild,
  {
    file,
    receipt,
    example,
  }: {
    readonly file: Parameters<typeof redactSet>[1] | undefined
    readonly receipt: string
    readonly example: boolean
  },
): Promise<void> {
  const folder = join(folders.work, `redacting-${receipt}`)
  try {
    const redacted = file && (await redactSet(manifest, file, { folder, receipt }))
    if (!redacted && !example) return
    const out = join(folder, 'part-0.parquet')
    if (redacted) await objects.putFile(out)
    const columns = Object.keys(manifest.example ?? {})
    const next = redacted ? ((await lastRow(out, columns)) ?? {}) : {}
    const report = { ...(redacted ?? manifest), example: example ? next : (manifest.example ?? {}) }
    await database.transaction(({ definitions }) =>
      definitions.replaceReport({ ref: build.ref, id: build.id, report: report as never }),
    )
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** Builds that look the entity up, with the columns of the spine that hold its keys. */
async function buildsWith(places: ErasurePlaces, entity: string): Promise<readonly StoredBuild[]> {
  const { database, objects } = places
  const { views, former } = await catalogOf(places)
  const own = new Set(
    [...views, ...former.map(each => each.view)]
      .filter(view => view.entity === entity)
      .map(view => view.name),
  )
  const builds = await database.read.definitions.listBuildsOf('trainingSet')
  const found: StoredBuild[] = []
  for (const build of builds) {
    const defined = (await database.read.definitions.findVersion(build.ref, build.version))?.definition
    if (defined?.kind !== 'trainingSet') continue
    const lookups = defined.lookups.filter(lookup => own.has(lookup.view))
    if (lookups.length === 0) continue
    const manifest = build.report as unknown as Manifest
    const keys = lookups.map(lookup => ({ entity, columns: lookup.keys }))
    const path = await objects.locate(`sha256:${manifest.files[0]?.sha256}`)
    found.push({ build, manifest, keys, path })
  }
  return found
}

const isExample = ({ manifest: { example = {} }, keys }: StoredBuild, { key }: ErasureSubject): boolean =>
  keys.some(({ columns }) => columns.every((column, index) => String(example[column]) === key[index]))
