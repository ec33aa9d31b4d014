import { FettleError } from '../../kernel/errors/index.ts'
import type { FrontState } from '../front/front-state.ts'
import type { LoadedRelease } from '../front/load-release.ts'
import { requireDeployment, type Target } from './call.ts'

/** The release that answers a target, for its metadata; undefined: none yet. UNKNOWN_VERSION for one that is not loaded. */
export function releaseOf(state: FrontState, { deployment, version }: Target): LoadedRelease | undefined {
  const { current, loaded } = requireDeployment(state, deployment)
  if (version === undefined) return current
  const asked = loaded.find(({ release }) => String(release.number) === version)
  if (asked) return asked
  throw new FettleError(
    'UNKNOWN_VERSION',
    `release ${JSON.stringify(version.slice(0, 20))} of ${deployment} is not loaded`,
  )
}
