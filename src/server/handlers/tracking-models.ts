import { FettleError } from '../../kernel/errors/index.ts'
import type { RegistryRecords } from '../../registry/index.ts'
import { withoutUndefined } from '../map/optional.ts'
import { pageToWire } from '../map/page.ts'
import { instant } from '../map/tracking.ts'
import { aliasEventToWire, modelRecordToWire, versionRecordToWire } from '../map/tracking-models.ts'
import type { Handlers } from '../route-handlers.ts'

type ModelRoutes =
  | 'modelRecords'
  | 'modelRecord'
  | 'versionRecords'
  | 'aliasAt'
  | 'versionDependents'
  | 'runVersions'
  | 'removeVersion'

const isPrompt = "tags.`mlflow.prompt.is_prompt` = 'true'"

/** More are not shown on the page of a run. */
const mostOfRun = 100

export function modelHandlers({
  records: { models, versions, aliases },
}: {
  readonly records: RegistryRecords
}): Pick<Handlers, ModelRoutes> {
  return {
    modelRecords: async ({ query }) => {
      const { kind = 'model', filter, ...page } = withoutUndefined(query)
      const clauses = [kind === 'prompt' ? isPrompt : '', filter ?? ''].filter(clause => clause !== '')
      const search = clauses.length === 0 ? page : { ...page, filter: clauses.join(' AND ') }
      const found = await models.search(search)
      return pageToWire(
        { ...found, items: found.items.filter(each => each.kind === kind) },
        modelRecordToWire,
      )
    },
    modelRecord: async ({ params: { name } }) => {
      const [model, history] = await Promise.all([models.get(name), aliases.history(name)])
      const newestFirst = [...history].reverse()
      return { ...modelRecordToWire(model), aliasHistory: newestFirst.map(aliasEventToWire) }
    },
    versionRecords: async ({ params: { name }, query }) => {
      await models.get(name)
      const found = await versions.search({
        prompts: true,
        ...withoutUndefined(query),
        filter: `name = ${quoted(name)}`,
        orderBy: ['version_number DESC'],
      })
      return pageToWire(found, versionRecordToWire)
    },
    aliasAt: async ({ params: { name, alias }, query }) => ({
      version: await aliases.at({ model: name, alias, at: instant(query.at, 'query.at') }),
    }),
    versionDependents: async ({ params }) => {
      const found = await versions.dependents(versionOf(params))
      return { items: found.map(({ kind, name }) => ({ kind, name })) }
    },
    runVersions: async ({ params: { id } }) => {
      if (!/^[0-9a-f]{32}$/.test(id)) return { items: [] }
      const { items } = await versions.search({ filter: `run_id = '${id}'`, limit: mostOfRun, prompts: true })
      return { items: items.map(({ model, version }) => ({ model, version })) }
    },
    removeVersion: async ({ params, principal }) => {
      await versions.remove(versionOf(params), principal)
      return {}
    },
  }
}

/** The grammar has no escape: a name with one kind of quote stands in the other. */
function quoted(text: string): string {
  return text.includes("'") ? `"${text}"` : `'${text}'`
}

export function versionOf({ name, version }: { readonly name: string; readonly version: string }) {
  if (!/^[1-9][0-9]{0,8}$/.test(version))
    throw new FettleError('BAD_REQUEST', `path.version: a version number is wanted, not "${version}"`)
  return { model: name, version: Number(version) }
}
