import type { StoredVerdict } from '../../deployments/index.ts'
import { refusalOf } from '../../deployments/index.ts'
import type { Principal } from '../../governance/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { FettleError } from '../../kernel/errors/index.ts'
import { parseDuration } from '../../kernel/time.ts'
import type { PipelineRun } from '../../pipelines/index.ts'
import { ended, type GateRunParts, unfinished } from '../gate-runs.ts'

/** What serves, with other thresholds. */
export interface ThresholdsOfRelease {
  readonly name: string
  readonly version: number
  /** Object of the threshold set. */
  readonly set: string
  /** Training set that judges them. */
  readonly rows: string
  readonly onto: number
  readonly principal: Principal
}

/** What the gate says of thresholds by now. */
export type GateOfThresholdsState =
  | { readonly state: 'none' | 'going' }
  /** It came to no verdict; tried again an hour later. */
  | { readonly state: 'broken'; readonly error: FettleError }
  | {
      readonly state: 'judged'
      readonly verdict: StoredVerdict
      readonly refusal: FettleError | undefined
    }

export interface GateOfThresholds {
  find(order: ThresholdsOfRelease): Promise<GateOfThresholdsState>
  start(order: ThresholdsOfRelease): Promise<void>
}

const again = parseDuration('1h')
const looked = 200

/** Runs of the release pipeline with given thresholds, found again by what they are about. */
export function gateOfThresholds(parts: GateRunParts & { readonly clock: Clock }): GateOfThresholds {
  const { compile, startRun, pipelines, findVerdict, clock } = parts
  const runsOf = async ({ name, set, onto }: ThresholdsOfRelease): Promise<readonly PipelineRun[]> => {
    const { items } = await pipelines.listRuns({ pipeline: `${name}-release`, limit: looked })
    return items.filter(({ plan: { params } }) => params['thresholdSet'] === set && params['onto'] === onto)
  }
  return {
    async find(order) {
      const [run] = await runsOf(order)
      if (run === undefined) return { state: 'none' }
      if (!ended.has(run.state)) return { state: 'going' }
      const verdict = await findVerdict(run.id.replace(/^[a-z]+_/, 'vrd_'))
      if (verdict) return { state: 'judged', verdict, refusal: refusalOf(verdict.page) }
      const since = clock.nowMicros() - (run.finishedAt ?? run.createdAt)
      return since > again ? { state: 'none' } : { state: 'broken', error: unfinished(order.name, run) }
    },
    async start(order) {
      const { name, version, set, rows, onto, principal } = order
      const params = { version, thresholdSet: set, rows, onto }
      const tries = (await runsOf(order)).length
      const idempotencyKey = `thresholds:${name}:${onto}:${set}:${tries}`
      await startRun(await compile(`${name}-release`, { params, reuse: 'lineage' }), {
        principal,
        idempotencyKey,
      })
    },
  }
}
