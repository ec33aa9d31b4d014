import type { MetadataDatabase } from '../adapters/metadata/index.ts'
import type { ModelManifest } from '../evaluation/index.ts'
import type { Json } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { Applied } from '../projects/index.ts'
import type { ModelVersion } from '../registry/index.ts'

/** Deployments among what is applied. */
export function definedDeployments(project: Applied) {
  return project.definitions.filter(each => each.kind === 'deployment')
}

/** Everything a release of a deployment takes from the project. Throws UNKNOWN_DEPLOYMENT with the names there are. */
export function releaseDefinitions(project: Applied, name: string) {
  const defined = definedDeployments(project)
  const deployment = defined.find(each => each.name === name)
  if (!deployment)
    throw new FettleError('UNKNOWN_DEPLOYMENT', `no deployment "${name}" is applied`, {
      hint:
        defined.length === 0
          ? 'None is: apply a project first.'
          : `There are: ${defined.map(each => each.name).join(', ')}.`,
    })
  const model = project.get('model', deployment.model)
  const trainingSet = project.get('trainingSet', model.trainingSet)
  const below = project.below(`trainingSet:${trainingSet.name}`)
  return {
    deployment,
    model,
    trainingSet,
    entities: below.filter(each => each.kind === 'entity'),
    sources: below.filter(each => each.kind === 'source'),
    views: below.filter(each => each.kind === 'featureView').map(project.versioned),
    onDemand: below.filter(each => each.kind === 'onDemand'),
  }
}

/** Self-test and tolerance as the trainer wrote them. */
export async function modelFacts(
  version: ModelVersion,
  objects: { getBytes(hash: string): Promise<Uint8Array> },
) {
  const file = version.files.find(each => each.path === 'model.json')
  if (!file)
    throw new FettleError(
      'TRAINER_OUTPUT_INVALID',
      `version ${version.version} of "${version.model}" has no model.json`,
    )
  const manifest = JSON.parse(
    Buffer.from(await objects.getBytes(file.hash)).toString('utf8'),
  ) as ModelManifest
  return { selfTest: manifest.selfTest, tolerance: manifest.tolerance }
}

/** The last row of the newest build of the training set behind a deployment. */
export async function exampleRequests(
  { definitions }: MetadataDatabase['read'],
  deployment: string,
): Promise<Readonly<Record<string, Json>>> {
  const current = await definitions.listCurrent()
  const find = (ref: string) => current.find(each => each.ref === ref)?.definition
  const defined = find(`deployment:${deployment}`)
  const model = defined?.kind === 'deployment' ? find(`model:${defined.model}`) : undefined
  if (model?.kind !== 'model') return {}
  const [build] = await definitions.listBuilds(`trainingSet:${model.trainingSet}`, 1)
  const { example } = (build?.report ?? {}) as { readonly example?: Readonly<Record<string, Json>> }
  return example ?? {}
}
