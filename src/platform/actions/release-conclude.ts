import type { VerdictPage } from '../../deployments/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Action } from '../../pipelines/index.ts'
import type { StepDependencies } from '../step-actions.ts'
import { clientOf } from './client-of.ts'
import { judgedInput } from './release-verify.ts'

type Found = Pick<VerdictPage, 'checks' | 'champion'> & {
  readonly number: number
  readonly servingPlan: NonNullable<VerdictPage['servingPlan']> | null
}

/** `release.conclude`: the control plane signs and keeps the verdict over what was found; output `page`. */
export function concludeReleaseAction(dependencies: StepDependencies): Action {
  return async context => {
    const { deployment } = context.params as { readonly deployment: string }
    const input = context.inputs['checks']
    if (input?.kind !== 'json')
      throw new FettleError('STEP_OUTPUT_INVALID', 'input "checks" is no JSON value')
    const { number, champion, checks, servingPlan } = input.value as unknown as Found
    const { page } = await clientOf(dependencies, context).concludeRelease(deployment, number, {
      champion,
      checks: [...checks],
      judged: (await judgedInput(context)).hash,
      ...(servingPlan === null ? {} : { servingPlan }),
    })
    context.log(`release ${number}: ${page.verdict}. ${page.summary}`)
    return { page: { kind: 'json', value: page as unknown as Json } }
  }
}
