import { FettleError } from '../../kernel/errors/index.ts'
import type { ServableRelease } from '../model.ts'

/** RELEASE_REFUSED, with why. */
export function refused(release: Pick<ServableRelease, 'deployment' | 'number'>, why: string): FettleError {
  return new FettleError(
    'RELEASE_REFUSED',
    `release ${release.number} of ${release.deployment} is refused: ${why}`,
  )
}
