import type { Principal } from '../../governance/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { StoredRun } from './ports.ts'

/** A step acts as `step:<pipeline run>/<step>`: it writes the runs of its pipeline run, and those it made. Throws FORBIDDEN. */
export function assertOwnRun({ name }: Principal, { id, pipelineRun, user }: StoredRun): void {
  if (!name.startsWith('step:')) return
  const own = name.slice('step:'.length).split('/', 1)[0]
  if (pipelineRun === own || (pipelineRun === null && user === name)) return
  throw new FettleError('FORBIDDEN', `${name} may write only its own run, not ${id}`, {
    hint: 'A pipeline step logs to the run its pipeline gave it.',
  })
}

/** What reaches beyond one run is not for a step. Throws FORBIDDEN. */
export function assertNoStep({ name }: Principal): void {
  if (!name.startsWith('step:')) return
  throw new FettleError('FORBIDDEN', `${name} may write only its own run`, {
    hint: 'A pipeline step logs to the run its pipeline gave it.',
  })
}
