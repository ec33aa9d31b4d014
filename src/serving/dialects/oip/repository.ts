import { FettleError } from '../../../kernel/errors/index.ts'
import type { FrontState } from '../../front/front-state.ts'
import type { ServedDeployment } from '../../front/served-deployment.ts'
import { parseBody } from '../../json/parse-body.ts'
import { emptyStatistics, type ReleaseStatistics } from '../statistics.ts'
import { asObject, flag } from './parameters.ts'

/** `model_stats` of the statistics extension: of the named deployments, or of one release. */
export function modelStatistics(
  state: FrontState,
  deployments: readonly ServedDeployment[],
  version: string | undefined,
): unknown {
  return {
    model_stats: deployments.flatMap(deployment =>
      releasesOf(state, deployment)
        .filter(each => version === undefined || each.version === version)
        .map(each => statisticsText(each, deployment)),
    ),
  }
}

/** Those that were asked since the start, and the one that answers. */
function releasesOf(state: FrontState, { name, current }: ServedDeployment): readonly ReleaseStatistics[] {
  const asked = state.dialects.statistics.of(name)
  const version = current && String(current.release.number)
  return version === undefined || asked.some(each => each.version === version)
    ? asked
    : [...asked, emptyStatistics(name, version)]
}

function statisticsText(each: ReleaseStatistics, { current }: ServedDeployment): unknown {
  const none = { count: 0, ns: 0 }
  const batches =
    current && String(current.release.number) === each.version
      ? current.pool.state().batches
      : each.infer.count
  return {
    name: each.name,
    version: each.version,
    last_inference: each.lastInference,
    inference_count: each.rows,
    execution_count: batches,
    inference_stats: {
      success: each.success,
      fail: each.fail,
      queue: each.queue,
      compute_input: each.input,
      compute_infer: each.infer,
      compute_output: each.output,
      cache_hit: none,
      cache_miss: none,
    },
    batch_stats: [],
  }
}

/** Every deployment and whether it answers; `{"ready": true}` leaves out those that do not. */
export function repositoryIndex(state: FrontState, body: Buffer): unknown {
  const asked = body.length === 0 ? {} : asObject(parseBody(body, { integers: false }), 'the body')
  const onlyReady = flag(asked, 'ready') ?? false
  return state.releases
    .list()
    .map(indexEntry)
    .filter(each => !onlyReady || each.state === 'READY')
}

function indexEntry(deployment: ServedDeployment) {
  const { name, current, loading, refusal, killed } = deployment
  const version = current ? { version: String(current.release.number) } : {}
  if (killed === 'closed') return { name, ...version, state: 'UNAVAILABLE', reason: 'switched off' }
  if (current?.pool.state().ready) return { name, ...version, state: 'READY', reason: '' }
  if (loading) return { name, ...version, state: 'LOADING', reason: '' }
  // Why a release was refused names files: that is for the admin port.
  return { name, ...version, state: 'UNAVAILABLE', reason: refusal ? 'its release was refused' : 'no scorer' }
}

/** What is loaded follows from deployments and rollouts: loading what answers already is fine, the rest is refused. */
export function loadModel(deployment: ServedDeployment, verb: 'load' | 'unload'): void {
  if (verb === 'load' && deployment.current?.pool.state().ready) return
  throw new FettleError('USE_A_ROLLOUT', `${verb} is not done over this protocol`)
}
