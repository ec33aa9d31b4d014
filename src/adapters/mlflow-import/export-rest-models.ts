import { FettleError } from '../../kernel/errors/index.ts'
import { api, type Exporting, orNothing, pairs } from './export-target.ts'
import { heldSource } from './held-source.ts'
import type { SourceModel, SourceVersion } from './model.ts'
import { partOf, textOf } from './rest-records.ts'
import type { Journal } from './target.ts'

/** Registered models, whose versions keep their numbers where the model is new there. */
export async function exportModels(exporting: Exporting): Promise<void> {
  const { source, rest, mapping, report } = exporting
  for await (const model of source.models()) {
    const { name, description, tags, aliases } = model
    const found = await orNothing(rest.get(`${api}/registered-models/get`, { name }))
    if (found === undefined) {
      await rest.post(`${api}/registered-models/create`, { name, description, tags: pairs(tags) })
      await mapping.set(`model:${name}`, 'made')
    } else
      for (const tag of pairs(tags)) await rest.post(`${api}/registered-models/set-tag`, { name, ...tag })
    await exportVersions(exporting, model)
    for (const [alias, version] of Object.entries(aliases)) {
      const to = mapping.get(`version:${name}:${version}`)
      if (to !== undefined) await rest.post(`${api}/registered-models/alias`, { name, alias, version: to })
    }
    report.models++
  }
}

async function exportVersions(exporting: Exporting, model: SourceModel): Promise<void> {
  const { rest, mapping, report } = exporting
  const { name } = model
  const keepsNumbers = mapping.get(`model:${name}`) === 'made'
  for (const version of model.versions) {
    if (mapping.get(`version:${name}:${version.version}`) !== undefined) continue
    try {
      let number = await createVersion(exporting, name, version)
      // Numbers that were deleted here are used up there.
      while (keepsNumbers && number < version.version) {
        await rest.delete(`${api}/model-versions/delete`, { name, version: String(number) })
        number = await createVersion(exporting, name, version)
      }
      if (!['', 'None'].includes(version.stage))
        await rest.post(`${api}/model-versions/transition-stage`, {
          ...{ name, version: String(number), stage: version.stage, archive_existing_versions: false },
        })
      await mapping.set(`version:${name}:${version.version}`, String(number))
      report.versions++
    } catch (error) {
      if (!(error instanceof FettleError)) throw error
      report.left.push(`version ${version.version} of ${name}: ${error.message}`)
    }
  }
}

async function createVersion(
  { rest, mapping }: Exporting,
  name: string,
  version: SourceVersion,
): Promise<number> {
  const answer = await rest.post(`${api}/model-versions/create`, {
    ...{ name, source: sourceThere(mapping, heldSource(version.source)), description: version.description },
    ...{
      run_id: mapping.get(`run:${version.run}`),
      model_id: mapping.get(`loggedModel:${version.loggedModel}`),
    },
    ...{ run_link: version.runLink, tags: pairs(version.tags) },
  })
  return Number(textOf(partOf(answer['model_version'])['version']))
}

/** A source that names a run or logged model of ours names the one there. */
function sourceThere(mapping: Journal, source: string): string {
  const [, run = '', path = ''] = /^runs:\/+([^/]+)(.*)$/.exec(source) ?? []
  const [, model = ''] = /^models:\/+(m-[0-9a-f]{32})$/.exec(source) ?? []
  const [runThere, modelThere] = [mapping.get(`run:${run}`), mapping.get(`loggedModel:${model}`)]
  if (runThere !== undefined) return `runs:/${runThere}${path}`
  return modelThere === undefined ? source : `models:/${modelThere}`
}
