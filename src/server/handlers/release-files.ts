import { pageHtml, pageJUnit } from '../../deployments/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Handlers } from '../route-handlers.ts'
import type { Services } from '../services.ts'
import { numberOf } from './releases.ts'

/** The verdict page as files: for CI, and for somebody who has no account here. Throws STALE_VERIFY without a verdict. */
export function releaseFiles({
  deployments,
}: Pick<Services, 'deployments'>): Pick<Handlers, 'releaseJUnit' | 'releaseHtml'> {
  const judgedPage = async ({ name, number }: { readonly name: string; readonly number: string }) => {
    const { verdict, release } = await deployments.release(name, numberOf(number))
    if (verdict === null)
      throw new FettleError('STALE_VERIFY', `release ${release.number} of ${name} has not been verified`)
    return { page: verdict.page, judged: await deployments.judged(name, release.number) }
  }
  return {
    releaseJUnit: async ({ params }) => ({ junit: pageJUnit(await judgedPage(params)) }),
    releaseHtml: async ({ params }) => ({ html: pageHtml(await judgedPage(params)) }),
  }
}
