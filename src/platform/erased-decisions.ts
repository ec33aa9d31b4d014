import type { MetadataDatabase } from '../adapters/metadata/index.ts'
import { type ErasedKeys, erasedKeys, erasedRowTest, readSuppressionList } from '../features/index.ts'
import type { Value } from '../kernel/values/model.ts'
import type { Release } from '../registry/index.ts'
import type { IsErasedDecision } from '../serving/index.ts'
import { erasedKeysFile, type Folders } from './folders.ts'
import { guardOf, projectPepper } from './project-keys.ts'

type IsErasedKeyText = (deployment: string, entityKey: string) => boolean
type RowTest = ReturnType<typeof erasedRowTest>

/** Which decisions are about an erased key: what their fields hold is told by the releases that made them. */
export async function erasedDecisions(
  database: Pick<MetadataDatabase, 'read'>,
  erased: ErasedKeys,
): Promise<IsErasedDecision> {
  const tests = new Map<string, RowTest>()
  for (const { digest, features } of await allReleases(database)) tests.set(digest, testOf(features, erased))
  return ({ release, entity }) => tests.get(release.digest)?.(entity) ?? false
}

/** Whether a key of a deployment, as the texts of its components, is of somebody erased. */
export async function erasedKeyTexts(
  database: Pick<MetadataDatabase, 'read'>,
  erased: ErasedKeys,
): Promise<IsErasedKeyText> {
  const releases = await allReleases(database)
  const tests = releases.map(({ deployment, features }) => ({
    deployment,
    keys: features.request.filter(({ role }) => role === 'key'),
    test: testOf(features, erased),
  }))
  return (deployment, entityKey) => {
    const texts = textsOf(entityKey)
    return tests.some(({ deployment: of, keys, test }) => {
      if (of !== deployment || test === undefined || keys.length !== texts.length) return false
      return test(
        Object.fromEntries(keys.map(({ name, type }, at) => [name, readValue(type, texts[at] ?? '')])),
      )
    })
  }
}

/** Which decisions and which keys are of somebody on the list, as it stands when it is asked. */
export function listedPeople(
  { root, serving }: Pick<Folders, 'root' | 'serving'>,
  database: Pick<MetadataDatabase, 'read'>,
) {
  const listed = async (): Promise<ErasedKeys | undefined> => {
    const list = await readSuppressionList(erasedKeysFile(serving))
    return list.entries.length === 0 ? undefined : erasedKeys(list, guardOf({ pepper: projectPepper(root) }))
  }
  return {
    async decisions(): Promise<IsErasedDecision> {
      const erased = await listed()
      return erased ? erasedDecisions(database, erased) : () => false
    },
    async keyTexts(): Promise<IsErasedKeyText> {
      const erased = await listed()
      return erased ? erasedKeyTexts(database, erased) : () => false
    },
  }
}

async function allReleases({ read }: Pick<MetadataDatabase, 'read'>): Promise<readonly Release[]> {
  const defined = (await read.definitions.listCurrent()).flatMap(({ definition }) =>
    definition.kind === 'deployment' ? [definition.name] : [],
  )
  const names = new Set([...defined, ...Object.keys(await read.deployments.servingReleases())])
  const records = await Promise.all([...names].map(name => read.deployments.listReleases(name)))
  return records.flat().map(({ release }) => release)
}

function testOf({ request, lookups, views }: Release['features'], erased: ErasedKeys): RowTest {
  const keys = lookups.flatMap(lookup => {
    const entity = views.find(view => view.name === lookup.view)?.entity
    return entity === undefined || entity === null ? [] : [{ entity, columns: lookup.keys }]
  })
  return erasedRowTest({ columns: request.map(({ name, type }) => ({ name, type })), keys, erased })
}

function textsOf(entityKey: string): readonly string[] {
  return entityKey === '' ? [] : (JSON.parse(entityKey) as string[])
}

/** As `entityKeyText` wrote it. */
function readValue(type: string, text: string): Value {
  if (type === 'bool') return text === 'true'
  if (type === 'string') return text
  if (!/^-?\d+$/.test(text)) return null
  return type === 'date' ? Number(text) : BigInt(text)
}
