import type { ServingPlan } from '../../evaluation/index.ts'
import type { DeploymentsDependencies } from '../dependencies.ts'
import type { JudgedRelease } from '../gate/model.ts'
import type { ReleaseRecord, Serving, StoredVerdict } from '../ports.ts'
import { servingPlanOf } from './beside.ts'
import { unknownRelease } from './conclude.ts'
import { verdictOn } from './serve.ts'

/** `former`: it served once. The others are what the newest verdict says, and `candidate` is one without. */
export type ReleaseState = 'candidate' | 'verified' | 'refused' | 'inconclusive' | 'serving' | 'former'

export interface ReleaseView extends ReleaseRecord {
  readonly state: ReleaseState
  /** Newest. */
  readonly verdict: StoredVerdict | null
  /** What scores it, by the newest verdict that let it serve. */
  readonly servingPlan?: ServingPlan | undefined
  /** When it began to serve, newest first. */
  readonly servings: readonly Serving[]
}

type Stores = Pick<DeploymentsDependencies, 'uow'>

/** Releases of a deployment as they stand, newest first. */
export async function releaseViews({ uow }: Stores, name: string): Promise<readonly ReleaseView[]> {
  const { deployments } = uow.read
  const [records, verdicts, servings] = await Promise.all([
    deployments.listReleases(name),
    deployments.listVerdicts(name),
    deployments.listServings(name),
  ])
  return records.map(record => {
    const verdict = verdictOn(verdicts, record.release) ?? null
    const own = servings.filter(({ number }) => number === record.release.number)
    const serves = servings[0]?.number === record.release.number
    const servingPlan = servingPlanOf(verdicts, record.release)
    const state = serves ? 'serving' : stateOf(verdict, own)
    return { ...record, verdict, servings: own, state, servingPlan }
  })
}

function stateOf(verdict: StoredVerdict | null, servings: readonly Serving[]): ReleaseState {
  if (servings.length > 0) return 'former'
  if (verdict === null) return 'candidate'
  return ({ pass: 'verified', fail: 'refused', inconclusive: 'inconclusive' } as const)[verdict.page.verdict]
}

/** One release; the newest when no number is given. Throws RELEASE_UNKNOWN. */
export async function releaseView(deps: Stores, name: string, number?: number): Promise<ReleaseView> {
  const views = await releaseViews(deps, name)
  const found = number === undefined ? views[0] : views.find(each => each.release.number === number)
  return found ?? unknownRelease(name, number)
}

/** What the rows said when its newest verdict was made; null where there were none to judge. */
export async function judgedRelease(
  deps: Pick<DeploymentsDependencies, 'uow' | 'objects'>,
  name: string,
  number?: number,
): Promise<JudgedRelease | null> {
  const { verdict } = await releaseView(deps, name, number)
  return verdict && judgedAs(deps.objects, verdict)
}

/** What a verdict rests on; null where there were no rows to judge. */
export async function judgedAs(
  objects: Pick<DeploymentsDependencies['objects'], 'getBytes'>,
  { page: { judged } }: Pick<StoredVerdict, 'page'>,
): Promise<JudgedRelease | null> {
  if (judged === null) return null
  return JSON.parse(Buffer.from(await objects.getBytes(judged)).toString('utf8')) as JudgedRelease
}
