import type { PurposeData } from '../../definitions/index.ts'
import type { Principal } from '../../governance/index.ts'
import { contentHash, type Json } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Quantity } from '../../kernel/statistics/index.ts'
import { type Micros, parseDuration } from '../../kernel/time.ts'
import type { DeploymentsDependencies } from '../dependencies.ts'
import type { PurposeValue } from '../ports.ts'

/** The number a deployment is judged by, from its baseline to now (releases.md §16). */
export interface FollowedPurpose {
  readonly deployment: string
  readonly purpose: PurposeData
  /** Oldest first. */
  readonly values: readonly PurposeValue[]
  /** Share of the way from baseline to target that the last value has gone; below 0 is away from it. */
  readonly reached: Quantity
  /** What the deployment did to the number: only randomised units can say. */
  readonly impact: Quantity
  /** When somebody has to look at it: the interval after the last value, or after the first release with this purpose. */
  readonly reviewDue: Micros | null
}

/** Throws NO_PURPOSE, UNKNOWN_DEPLOYMENT. */
export async function followPurpose(deps: DeploymentsDependencies, name: string): Promise<FollowedPurpose> {
  const purpose = await declaredPurpose(deps, name)
  const [values, releases] = await Promise.all([
    deps.uow.read.deployments.listPurposeValues(name),
    deps.uow.read.deployments.listReleases(name),
  ])
  const hash = contentHash(purpose as unknown as Json)
  const first = releases.filter(({ release }) => release.purpose === hash).at(-1)?.createdAt
  const looked = values.at(-1)?.recordedAt ?? first
  return {
    deployment: name,
    purpose,
    values,
    reached: reachedOf(purpose, values.at(-1)),
    impact: { undefined: 'no-holdback' },
    reviewDue: looked === undefined ? null : looked + parseDuration(purpose.review),
  }
}

function reachedOf({ number }: PurposeData, last: PurposeValue | undefined): Quantity {
  if (last === undefined) return { undefined: 'no-values' }
  if (number.target === number.baseline) return { undefined: 'target-is-baseline' }
  return (last.value - number.baseline) / (number.target - number.baseline)
}

export interface NewPurposeValue {
  readonly name: string
  readonly value: number
  /** When it was so; now when left out. */
  readonly at?: Micros | undefined
  readonly principal: Principal
}

/** Records what the number came to. Throws NO_PURPOSE, BAD_PARAMETER for what is no number or lies ahead. */
export async function recordPurposeValue(
  deps: DeploymentsDependencies,
  request: NewPurposeValue,
): Promise<FollowedPurpose> {
  const { name: deployment, value, principal } = request
  await declaredPurpose(deps, deployment)
  const recordedAt = deps.clock.nowMicros()
  const at = request.at ?? recordedAt
  if (!Number.isFinite(value)) throw new FettleError('BAD_PARAMETER', 'the value is no finite number')
  if (at > recordedAt)
    throw new FettleError('BAD_PARAMETER', 'a value cannot be of a time that is still to come')
  await deps.uow.transaction(async stores => {
    await stores.deployments.putPurposeValue({ deployment, at, value, by: principal.name, recordedAt })
    await stores.audit.append({
      at: recordedAt,
      principal: principal.name,
      action: 'purpose.recorded',
      object: `deployment:${deployment}`,
      details: { value },
    })
  })
  return followPurpose(deps, deployment)
}

async function declaredPurpose(deps: DeploymentsDependencies, name: string): Promise<PurposeData> {
  const { purpose } = (await deps.releaseDefinitions(name)).deployment
  if (purpose) return purpose
  throw new FettleError('NO_PURPOSE', `deployment "${name}" does not say what it is for`)
}
