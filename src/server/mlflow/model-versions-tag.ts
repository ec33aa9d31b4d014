import type { TrackingService } from '../../experiments/index.ts'
import type { Principal } from '../../governance/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { VersionRecord } from '../../registry/index.ts'

/** The tag in which MLflow's clients and pages look for the registered versions of a logged model. */
const versionsTag = 'mlflow.modelVersions'
/** Code points a tag may hold; what is longer is cut, and cut JSON is none. */
const tagLength = 8000

/** Names the version in the tag of the logged model it was made from, once; a model that is not here is none to tag. */
export async function tagLoggedModel(
  loggedModels: TrackingService['loggedModels'],
  { model, version, loggedModel }: VersionRecord,
  principal: Principal,
): Promise<void> {
  if (loggedModel === null) return
  try {
    const { tags } = await loggedModels.get(loggedModel)
    const before = Object.hasOwn(tags, versionsTag) ? tags[versionsTag] : undefined
    const value = withVersion(before, { model, version })
    if (value !== undefined) await loggedModels.setTags(loggedModel, { [versionsTag]: value }, principal)
  } catch (error) {
    if (!(error instanceof FettleError && error.code === 'LOGGED_MODEL_UNKNOWN')) throw error
  }
}

/** Undefined where nothing is to be written: it is named already, or the tag is somebody's own text. */
export function withVersion(
  before: string | undefined,
  { model, version }: { readonly model: string; readonly version: number },
): string | undefined {
  const earlier = versionsIn(before)
  if (earlier === undefined || earlier.some(each => each.name === model && each.version === version))
    return undefined
  const all = [...earlier, { name: model, version }]
  while (all.length > 1 && [...written(all)].length > tagLength) all.shift()
  return written(all)
}

interface NamedVersion {
  readonly name: string
  readonly version: number
}

function versionsIn(value: string | undefined): readonly NamedVersion[] | undefined {
  if (value === undefined) return []
  try {
    const items: unknown = JSON.parse(value)
    if (!Array.isArray(items)) return undefined
    return items.map((item: { readonly name?: unknown; readonly version?: unknown } | null) => ({
      name: String(item?.name ?? ''),
      version: Number(item?.version ?? 0),
    }))
  } catch {
    return undefined
  }
}

/** Spaced as Python writes JSON: clients and suites compare the text. */
function written(versions: readonly NamedVersion[]): string {
  const items = versions.map(
    ({ name, version }) => `{"name": ${JSON.stringify(name)}, "version": ${version}}`,
  )
  return `[${items.join(', ')}]`
}
