import { type JudgeRequest, jsonFile } from '../../deployments/index.ts'
import { isFettleError } from '../../kernel/errors/index.ts'
import type { Action, ObjectStore } from '../../pipelines/index.ts'
import type { StepDependencies } from '../step-actions.ts'
import { openObjects } from '../storage.ts'
import { clientOf } from './client-of.ts'

interface PrepareParams {
  readonly deployment: string
  readonly version?: number
  readonly thresholds?: 'keep' | 'choose'
  readonly given?: { readonly set: string; readonly rows: string; readonly onto: number }
}

/** `release.prepare`: which version is judged against what, on which rows, and whether all of it can be had whole. */
export function prepareReleaseAction(dependencies: StepDependencies): Action {
  return async context => {
    const { deployment, ...wanted } = context.params as unknown as PrepareParams
    const client = clientOf(dependencies, context)
    const request = (await client.prepareRelease(deployment, wanted)) as unknown as JudgeRequest
    const objects = await openObjects(dependencies.providers, dependencies.folders)
    const unresolved = await unresolvedOf(objects, request)
    const { candidate, champion, set } = request
    context.log(`candidate: ${candidate.model} version ${candidate.version}`)
    context.log(
      champion ? `champion: release ${champion.release}, version ${champion.version}` : 'no champion',
    )
    context.log(set ? `rows: split ${set.split} of ${set.id} (${set.rows} rows in all)` : 'no rows are known')
    for (const { path, why } of unresolved) context.log(`${path} cannot be had: ${why}`)
    return { candidate: await jsonFile(context, 'candidate', { ...request, unresolved }) }
  }
}

type Objects = Pick<ObjectStore, 'read' | 'has'>

/** Model files are read and hashed; the files of the rows, which may be large, have to be there. */
async function unresolvedOf(
  objects: Objects,
  { candidate, champion, set }: JudgeRequest,
): Promise<JudgeRequest['unresolved']> {
  const faults: { path: string; why: string }[] = []
  for (const { path, hash } of candidate.files)
    await note(`candidate/${path}`, () => readWhole(objects, hash))
  for (const { path, hash } of champion?.files ?? [])
    await note(`champion/${path}`, () => readWhole(objects, hash))
  for (const { path, hash } of set?.files ?? [])
    if (!(await objects.has(hash))) faults.push({ path: `${set?.id}/${path}`, why: 'OBJECT_UNKNOWN' })
  return faults

  async function note(path: string, read: () => Promise<void>): Promise<void> {
    try {
      await read()
    } catch (error) {
      if (!isFettleError(error)) throw error
      faults.push({ path, why: error.code })
    }
  }
}

async function readWhole(objects: Objects, hash: string): Promise<void> {
  for await (const _ of objects.read(hash));
}
