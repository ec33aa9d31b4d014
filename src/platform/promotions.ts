import type { StoredVerdict } from '../deployments/index.ts'
import type { Proposal, Suggestions } from '../governance/index.ts'
import { contentHash } from '../kernel/canonical.ts'
import type { DefinitionStore } from '../projects/index.ts'
import type { Release } from '../registry/index.ts'

export interface PromotionParts {
  readonly suggestions: () => Pick<Suggestions, 'propose'>
  readonly definitions: Pick<DefinitionStore, 'listCurrent'>
  runOf(id: string): Promise<{
    readonly principal: string
    readonly plan: { readonly params: Readonly<Record<string, unknown>> }
  }>
  servingOf(deployment: string): Promise<{ readonly release: Release } | undefined>
}

/** Changes with every change of what leads to a promotion. */
const method = 'fettle-promotion/1'

/**
 * A candidate that passed in a run no person started is suggested for serving: exactly that release. Nothing is suggested for
 * what serves, for a first release, for a verdict against another champion, or for thresholds, which are decided already.
 */
export function promotions({ suggestions, definitions, runOf, servingOf }: PromotionParts) {
  return async ({ run: id, hash, expiresAt, page }: StoredVerdict): Promise<void> => {
    if (page.verdict !== 'pass') return
    const { deployment, release, champion, contractSet } = page
    const run = await runOf(id)
    const serving = await servingOf(deployment)
    if (!isUnattended(run.principal) || run.plan.params['thresholdSet'] !== undefined) return
    if (!serving || serving.release.digest === release.digest || champion?.digest !== serving.release.digest)
      return
    const ref = `deployment:${deployment}` as const
    const author = (await definitions.listCurrent()).find(each => each.ref === ref)?.by ?? 'local'
    const proposal: Proposal = {
      ...{ kind: 'promotion', subject: ref, rule: 'gate', ruleBy: author, segmentClass: '', segment: '' },
      ruleHash: contentHash({ method, contractSet }),
      cycle: page.at.slice(0, 10),
      title: `Serve release ${release.number} (version ${release.version} of ${release.model})`,
      old: { release: champion.number, digest: champion.digest },
      proposed: { release: release.number, digest: release.digest },
      ...{ interval: null, flipsPerWeek: null, flipsPerWeekUpper: null, rows: null, matured: null },
      window: { from: null, to: null, rowSet: null },
      capHit: false,
      details: { run: id, page: hash, summary: page.summary, changed: release.changed },
      expiresAt,
    }
    await suggestions().propose([proposal])
  }
}

/** Schedules, steps and rules act under names like `step:…`. */
function isUnattended(principal: string): boolean {
  return /^(?:step|rule|schedule|system)(?::|$)/.test(principal)
}
