import { existsSync, readdirSync } from 'node:fs'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { EntityData, SourceData } from '../../definitions/index.ts'
import {
  addToSuppressionList,
  emptyCatalog,
  entityKey,
  type FeatureCatalog,
  keyedSources,
  readFeatureCatalog,
} from '../../features/index.ts'
import type { ErasureFacts, ErasureGround, ErasureSubject, PendingKeys } from '../../governance/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { writeWhole } from '../../kernel/write-whole.ts'
import { erasedKeysFile, featureCatalogFile } from '../folders.ts'
import { decisionFilesPlace, predictionLogPlace } from './erase-decisions.ts'
import { feedbackLogPlace, feedbackPlace } from './erase-feedback.ts'
import {
  checkReportsPlace,
  type ErasurePlaces,
  journalPlace,
  onlinePlace,
  quarantinePlace,
} from './erase-places.ts'
import { trainingSetsPlace } from './erase-training-sets.ts'

/** What the protocol of erasing needs of this installation: its places, its list, and what it does not reach. */
export function erasureGround(places: ErasurePlaces): ErasureGround {
  const { folders, guard } = places
  const catalog = () => catalogOf(places)
  const sets = trainingSetsPlace(places)
  return {
    async subject(entity, texts): Promise<ErasureSubject> {
      const { token } = entityKey(entityOf(await catalog(), entity), texts, guard)
      return { entity, key: texts, token }
    },
    // Checks of a set are read from its file: reports lose their samples before the rows are gone.
    places: [
      onlinePlace(places),
      journalPlace(places),
      quarantinePlace(places),
      checkReportsPlace(places),
      sets,
      // Feedback is found by the predictions it is about: it goes before they do.
      feedbackPlace(places),
      feedbackLogPlace(places),
      predictionLogPlace(places),
      decisionFilesPlace(places),
    ],
    suppress: entry => addToSuppressionList(erasedKeysFile(folders.serving), entry),
    async facts(entity, receipt): Promise<ErasureFacts> {
      const { datasets, unreadable } = await sets.redacted(entity, receipt)
      await places.database.compact()
      return {
        datasets,
        models: await modelsOf(places, new Set(datasets.map(each => each.id))),
        outside: outsideOf(await catalog(), entity),
        open: [...openIn(places), ...unreadable],
      }
    },
    pending: pendingKeys(join(folders.root, 'erasing')),
  }
}

/** Throws ENTITY_UNKNOWN. */
export function entityOf({ entities }: FeatureCatalog, name: string): EntityData {
  const found = entities.find(each => each.name === name)
  if (found) return found
  throw new FettleError('ENTITY_UNKNOWN', `no entity "${name.slice(0, 80)}" is applied`, {
    hint: `There are: ${entities.map(each => each.name).join(', ') || 'none'}.`,
  })
}

export async function catalogOf({ folders }: Pick<ErasurePlaces, 'folders'>): Promise<FeatureCatalog> {
  return (await readFeatureCatalog(featureCatalogFile(folders.serving))) ?? emptyCatalog
}

function pendingKeys(folder: string): PendingKeys {
  const file = (id: string) => join(folder, `${id}.json`)
  return {
    async put(id, subject) {
      await mkdir(folder, { recursive: true, mode: 0o700 })
      await writeWhole(file(id), JSON.stringify(subject))
    },
    async get(id) {
      const text = await readFile(file(id), 'utf8').catch(() => undefined)
      return text === undefined ? undefined : (JSON.parse(text) as ErasureSubject)
    },
    async remove(id) {
      // The second is what a kill may have left of writing the first.
      for (const path of [file(id), `${file(id)}.new`]) await rm(path, { force: true })
    },
    async ids() {
      const names = existsSync(folder) ? readdirSync(folder) : []
      return names.map(name => name.replace(/\.json.*$/, ''))
    },
  }
}

async function modelsOf(
  { registry }: ErasurePlaces,
  sets: ReadonlySet<string>,
): Promise<ErasureFacts['models']> {
  const found: { version: string; trainingSet: string }[] = []
  for (let cursor: string | undefined; ; ) {
    const { items, next } = await registry.listModels({ limit: 500, ...(cursor ? { cursor } : {}) })
    for (const { name } of items)
      for (const { version, trainingSet } of await registry.listVersions(name))
        if (trainingSet && sets.has(trainingSet.id))
          found.push({ version: `${name}@${version}`, trainingSet: trainingSet.id })
    if (!next) return found
    cursor = next
  }
}

/** Sources with the entity's key that others own, with what their owner should run. */
function outsideOf(catalog: FeatureCatalog, entity: string): ErasureFacts['outside'] {
  return keyedSources(catalog).flatMap(({ source: name, entity: of, columns }) => {
    const source = catalog.sources.find(each => each.name === name)
    const place = of === entity && source ? placeOf(source) : undefined
    const condition = columns.map(column => `"${column}" = :${column}`).join(' AND ')
    return place ? [{ source: name, where: place.where, statement: place.statement(condition) }] : []
  })
}

interface OutsidePlace {
  readonly where: string
  statement(where: string): string
}

function placeOf({ from }: SourceData): OutsidePlace | undefined {
  const from_ = from.kind === 'push' ? from.feed : from
  switch (from_?.kind) {
    case 'postgres':
      return table(`table ${from_.table} behind ${from_.url}`, from_.table)
    case 'duckdb':
      return table(`table ${from_.table} in ${from_.path}`, from_.table)
    case 'parquet':
    case 'csv':
      return {
        where: from_.path,
        statement: where =>
          `COPY (SELECT * FROM '${from_.path}' WHERE NOT (${where})) TO '${from_.path}.new'; then put it in the place of ${from_.path}`,
      }
    case 'file':
      return { where: from_.path, statement: where => `write ${from_.path} without the lines where ${where}` }
    case 'redis':
      return {
        where: `stream ${from_.stream} behind ${from_.url}`,
        statement: where => `XDEL ${from_.stream} each entry where ${where}`,
      }
    case 'sql':
      return {
        where: 'the sources it selects from',
        statement: where => `DELETE the rows it selects, where ${where}`,
      }
    default:
      return undefined
  }
}

const table = (where: string, name: string): OutsidePlace => ({
  where,
  statement: condition => `DELETE FROM ${name} WHERE ${condition}`,
})

/** What is kept and may hold the key, where there is any. */
function openIn({ folders, embeddedStore }: ErasurePlaces): ErasureFacts['open'] {
  const candidates = [
    {
      folder: join(folders.root, 'copies'),
      what: 'copies of sources with copy: true',
      why: 'they are versions of what others own: remove the folder when the source itself was cleaned',
    },
    {
      folder: embeddedStore ? folders.online : '',
      what: 'freed pages of the online store file',
      why: 'the records are gone and no read finds them; their bytes are overwritten as the store reuses the pages',
    },
    {
      folder: folders.logs,
      what: 'logs of pipeline steps',
      why: 'they hold counts, and whatever a step of yours prints; they are text and not searched by key',
    },
  ]
  return candidates
    .filter(({ folder }) => folder !== '' && existsSync(folder) && readdirSync(folder).length > 0)
    .map(({ what, why }) => ({ what, why }))
}
