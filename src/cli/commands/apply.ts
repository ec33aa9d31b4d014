import { FettleError } from '../../kernel/errors/index.ts'
import { confirm } from '../confirm.ts'
import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { hasChanges, renderApplied, renderPlan } from '../render/plan.ts'
import { makePlan } from './plan.ts'

export interface ApplyOptions {
  readonly yes?: boolean
  readonly allowDelete?: boolean
}

export const run: Command<ApplyOptions> = async (context, { yes, allowDelete }) => {
  const { client, body, plan } = await makePlan(context)
  if (!context.json) context.io.err(renderPlan(plan, context.io.paint))
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
  return exitCodes.done
}
