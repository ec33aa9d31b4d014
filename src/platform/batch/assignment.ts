import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyType } from '../../kernel/assignment.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Release } from '../../registry/index.ts'
import type { BatchAssignment, DeploymentsFile } from '../../serving/index.ts'

const keyTypes: readonly string[] = ['string', 'int64', 'bool', 'date'] satisfies readonly KeyType[]

/**
 * The bucket space in which the deployment's units are drawn now; null where nothing is rolled out, or nothing sticks. Throws
 * KILLED for a deployment that is closed.
 */
export async function assignmentOf(
  servingFolder: string,
  { deployment, features }: Pick<Release, 'deployment' | 'features'>,
): Promise<BatchAssignment | null> {
  const text = await readFile(join(servingFolder, 'deployments.json'), 'utf8').catch(
    () => '{"deployments":[]}',
  )
  const entry = (JSON.parse(text) as Pick<DeploymentsFile, 'deployments'>).deployments.find(
    each => each.name === deployment,
  )
  if (entry?.killed === true || entry?.killed === 'closed')
    throw new FettleError('KILLED', `deployment "${deployment}" is closed: nothing is scored with it`)
  if (!entry?.routing || entry.routing.unit.length === 0) return null
  const unit = entry.routing.unit.map(name => {
    const type = features.request.find(field => field.name === name)?.type
    return { name, type: type as KeyType }
  })
  return unit.every(({ type }) => keyTypes.includes(type)) ? { salt: entry.routing.salt, unit } : null
}
