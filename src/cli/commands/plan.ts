import type { Command, CommandContext } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { hasChanges, renderPlan } from '../render/plan.ts'

/** The loaded project with what applying it would change. */
export async function makePlan(context: CommandContext) {
  const { loadProject } = await import('../../projects/index.ts')
  const [client, project] = await Promise.all([context.client(), loadProject(context.folder)])
  const body = { project: JSON.parse(JSON.stringify(project)), directory: context.folder }
  return { client, body, plan: await client.api.plan({ body }) }
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
