import type { Principal } from '../../governance/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { DeploymentsDependencies } from '../dependencies.ts'
import type { ReleaseRecord } from '../ports.ts'
import { findRelease } from './conclude.ts'
import { serveRelease, waitUntilServed } from './serve.ts'

export interface RollBackRequest {
  readonly name: string
  /** A release that served before; default: the one that served last before this one. */
  readonly to?: number | undefined
  readonly reason: string
  readonly principal: Principal
}

/**
 * Serves a former release again, whole: model, thresholds, feature versions. It needs no new verdict: what served was
 * approved, and going back protects. Where it serves already nothing is done. Throws RELEASE_UNKNOWN, ILLEGAL_TRANSITION for
 * one that never served, or where none served before; BAD_REQUEST without a reason.
 */
export async function rollBack(
  deps: DeploymentsDependencies,
  { name, to, reason, principal }: RollBackRequest,
): Promise<ReleaseRecord> {
  if (reason.trim() === '')
    throw new FettleError('BAD_REQUEST', 'reason: say why; it is kept with the rollback')
  const servings = await deps.uow.read.deployments.listServings(name)
  const serving = servings[0]?.number
  const former = to ?? servings.find(({ number }) => number !== serving)?.number
  if (former === undefined)
    throw new FettleError('ILLEGAL_TRANSITION', `nothing served "${name}" before, so there is no way back`, {
      hint: 'fettle kill-switch switches the model off: the fallback answers.',
    })
  const record = await findRelease(deps, name, former)
  if (!servings.some(({ number }) => number === former))
    throw new FettleError('ILLEGAL_TRANSITION', `release ${former} of "${name}" never served`, {
      hint: `fettle deploy ${name} takes a new release through the gate.`,
    })
  const rollouts = deps.rollouts?.()
  if (await rollouts?.isLogged(name)) {
    await rollouts?.replace({ name, record, reason, principal, back: true })
    await waitUntilServed(deps, record.release)
  } else await serveRelease(deps, { record, reason, principal, action: 'release.rolled-back' })
  return record
}
