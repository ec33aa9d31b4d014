import { FettleError } from '../../kernel/errors/index.ts'
import type { Command, CommandContext } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { hasChanges, renderPlan } from '../render/plan.ts'

/** The loaded project with what applying it would change. */
export async function makePlan(context: CommandContext) {
  const { loadProject } = await import('../../projects/index.ts')
  const project = await loadProject(context.folder).catch(withFolderHint)
  const client = await context.client()
  const body = { project: JSON.parse(JSON.stringify(project)), directory: context.folder }
  return { client, body, plan: await client.api.plan({ body }) }
}

/** Says how this command line names a project. */
function withFolderHint(error: unknown): never {
  if (!(error instanceof FettleError) || error.code !== 'DEFINITIONS_NOT_FOUND') throw error
  throw new FettleError(error.code, error.message, {
    hint: 'Run it in a project folder, or name one with --folder. A new project: fettle init.',
    details: error.details,
  })
}

export const run: Command<{ readonly detailedExitcode?: boolean }> = async (
  context,
  { detailedExitcode },
) => {
  const { plan } = await makePlan(context)
  const changed = hasChanges(plan)
  context.result(plan, () => renderPlan(plan, context.io.paint) + (changed ? 'Apply it: fettle apply\n' : ''))
  return changed && detailedExitcode === true ? exitCodes.changes : exitCodes.done
}
