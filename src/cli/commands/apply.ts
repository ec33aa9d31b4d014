import type { Plan } from '../../api/catalog.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { confirm } from '../confirm.ts'
import type { Command, CommandContext } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { hasChanges, planSummary, renderApplied, renderPlan } from '../render/plan.ts'
import { makePlan } from './plan.ts'

export interface ApplyOptions {
  readonly yes?: boolean
  readonly allowDelete?: boolean
}

export const run: Command<ApplyOptions> = async (context, { yes, allowDelete }) => {
  const { client, body, plan } = await makePlan(context)
  if (!context.json && hasChanges(plan)) context.io.err(planText(plan, { context, brief: yes === true }))
  if (hasChanges(plan) && yes !== true) {
    if (!context.io.interactive || context.json) {
      throw new FettleError('USAGE', 'there is nobody to ask whether to apply this', {
        hint: 'Add --yes to apply without asking.',
      })
    }
    if (!(await confirm('Apply this plan?'))) {
      context.io.err('Nothing was applied.\n')
      return exitCodes.failed
    }
  }
  const result = await client.api.apply({
    body: { ...body, base: plan.base, ...(allowDelete === true ? { allowDelete } : {}) },
  })
  context.result(result, () => renderApplied(result))
  if (!context.json) context.io.err(nextLine(plan))
  return exitCodes.done
}

/** Changed lines that fit one look. Nobody reads more of them when nobody is asked. */
const fewChanges = 10

function planText(
  plan: Plan,
  { context, brief }: { readonly context: CommandContext; readonly brief: boolean },
): string {
  const changed = plan.changes.filter(({ action }) => action !== 'none').length
  return brief && changed > fewChanges ? `${planSummary(plan)}\n` : renderPlan(plan, context.io.paint)
}

/** What to do after an apply that made or changed models. */
function nextLine({ changes }: Plan): string {
  const models = changes.filter(
    ({ kind, action }) => kind === 'model' && (action === 'create' || action === 'update'),
  )
  return models.map(({ name }) => `Next: fettle run ${name}\n`).join('')
}
