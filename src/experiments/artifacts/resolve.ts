import { FettleError } from '../../kernel/errors/index.ts'
import type { ArtifactOwner } from '../tracking/model.ts'
import { folderPath } from './paths.ts'
import type { ArtifactStores } from './service.ts'

/** Whose files are those of the proxy that belong to no run and no logged model. */
const elsewhere = 'proxy'
const scheme = /^mlflow-artifacts:(?:\/\/[^/]*)?\/*/

interface Resolved {
  readonly owner: ArtifactOwner
  readonly path: string
}

/**
 * `mlflow-artifacts:/<experiment>/<run>/artifacts/…`, `…/<experiment>/models/<m-id>/artifacts/…`, the same below an
 * experiment's own location, and plain paths of the proxy; also `runs:/<run>/…` and `models:/m-…/…`. Whose location it is
 * decides, not what it looks like. Throws ARTIFACT_PATH_INVALID.
 */
export async function resolveLocation(stores: ArtifactStores, location: string): Promise<Resolved> {
  const direct = /^(?:runs:\/+([0-9a-f]{32})|models:\/+(m-[0-9a-f]{32}))(?:\/(.*))?$/.exec(location)
  if (direct !== null) {
    const [, run, model, below = ''] = direct
    const owner = { kind: run === undefined ? 'loggedModel' : 'run', id: run ?? model ?? '' } as const
    return { owner, path: folderPath(below) }
  }
  if (!scheme.test(location) && /^[a-z][a-z0-9+.-]*:/i.test(location))
    throw new FettleError('ARTIFACT_PATH_INVALID', `"${location.slice(0, 200)}" is not kept in this store`)
  const path = folderPath(location.replace(scheme, ''))
  return (await resolveOwned(stores, path)) ?? { owner: { kind: 'path', id: elsewhere }, path }
}

const owned = /(?:^|\/)(?:models\/(m-[0-9a-f]{32})|([0-9a-f]{32}))\/artifacts(?=\/|$)/

async function resolveOwned(stores: ArtifactStores, path: string): Promise<Resolved | undefined> {
  const found = owned.exec(path)
  if (found === null) return undefined
  const end = found.index + found[0].length
  const below = path.slice(end + 1)
  const [, model, run] = found
  if (model !== undefined) {
    const [logged] = await stores.loggedModels.find([model])
    if (logged?.artifactLocation.replace(scheme, '') !== path.slice(0, end)) return undefined
    return { owner: { kind: 'loggedModel', id: model }, path: below }
  }
  const [stored] = await stores.tracking.runs.find([run ?? ''])
  if (stored === undefined || stored.artifactLocation.replace(scheme, '') !== path.slice(0, end))
    return undefined
  return { owner: { kind: 'run', id: stored.id }, path: below }
}
