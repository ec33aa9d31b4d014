import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ErasurePlace, ErasureSubject } from '../../governance/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import {
  erasedInFile,
  erasedInSegment,
  eraseInSegment,
  type IsErasedDecision,
  listSegments,
} from '../../serving/index.ts'
import { erasedDecisions } from '../erased-decisions.ts'
import { decisionsFolder, erasedKeysFile } from '../folders.ts'
import { type ErasurePlaces, onlyKey } from './erase-places.ts'

const sealMillis = 20_000

const testOf = ({ database, guard }: ErasurePlaces, subject: ErasureSubject): Promise<IsErasedDecision> =>
  erasedDecisions(database, onlyKey(subject, guard))

/** Fronts seal their segments when the list of erased keys changes: works on until nothing has to wait for that. */
export async function whenSealed(work: () => Promise<boolean>, log: string): Promise<void> {
  for (const end = Date.now() + sealMillis; !(await work()); await sleep(100))
    if (Date.now() > end)
      throw new FettleError(
        'STORE_UNAVAILABLE',
        `the data plane still writes to a segment of ${log} that holds the key`,
        { hint: 'It goes on by itself as soon as the segment is sealed: when fettle dev serves again.' },
      )
}

/** When the list of erased keys was written last, ms. What is logged later is shipped without what listed keys bring. */
export async function listChanged({ folders }: Pick<ErasurePlaces, 'folders'>): Promise<number> {
  return stat(erasedKeysFile(folders.serving)).then(
    ({ mtimeMs }) => mtimeMs,
    () => Number.POSITIVE_INFINITY,
  )
}

/** What a kill left of a segment that was being written again. */
export async function removeAside(folder: string): Promise<void> {
  for (const file of await readdir(folder).catch(() => []))
    if (file.endsWith('.new')) await rm(join(folder, file), { force: true })
}

/** Segments of the prediction log: rewritten once they are sealed, which a front does when the list of erased keys changes. */
export function predictionLogPlace(places: ErasurePlaces): ErasurePlace {
  const folder = join(places.folders.serving, 'log')
  const holding = async (test: IsErasedDecision) => {
    const found = []
    const changed = await listChanged(places)
    for (const name of await listSegments(folder)) {
      if (name.createdMillis > changed) continue
      let rows = 0
      for await (const _ of erasedInSegment(folder, name, test)) rows += 1
      if (rows > 0) found.push({ name, rows })
    }
    return found
  }
  return {
    store: 'prediction-log',
    act: 'rewritten',
    async count(subject) {
      const found = await holding(await testOf(places, subject))
      return found.reduce((sum, { rows }) => sum + rows, 0)
    },
    async remove(subject) {
      const test = await testOf(places, subject)
      await whenSealed(async () => {
        const found = await holding(test)
        for (const { name } of found) if (!name.open) await eraseInSegment(folder, name, test)
        return found.every(({ name }) => !name.open)
      }, 'the prediction log')
      await removeAside(folder)
    },
  }
}

/** Files of decisions: each that holds the key is written again without it and takes its place in the manifest. */
export function decisionFilesPlace(places: ErasurePlaces): ErasurePlace {
  const folder = decisionsFolder(places.folders.root)
  return {
    store: 'decisions',
    act: 'rewritten',
    async count(subject) {
      const files = await places.database.read.decisionManifest.files()
      if (files.length === 0) return 0
      const test = await testOf(places, subject)
      const place = { folder, engine: await places.engine() }
      let count = 0
      for (const file of files) count += (await erasedInFile(place, file, test)).length
      return count
    },
    remove: async subject => places.eraseFiles(await testOf(places, subject)),
  }
}

/** Ids of the predictions that were made of somebody, wherever they are kept. */
export async function predictionsOf(
  places: ErasurePlaces,
  subject: ErasureSubject,
): Promise<ReadonlySet<string>> {
  const test = await testOf(places, subject)
  const ids = new Set<string>()
  const log = join(places.folders.serving, 'log')
  for (const name of await listSegments(log))
    for await (const { predictionId } of erasedInSegment(log, name, test)) ids.add(predictionId)
  const files = await places.database.read.decisionManifest.files()
  const place = { folder: decisionsFolder(places.folders.root), engine: await places.engine() }
  for (const file of files)
    for (const { predictionId } of await erasedInFile(place, file, test)) ids.add(predictionId)
  return ids
}
