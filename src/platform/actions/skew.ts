import { join } from 'node:path'
import { compareWithReplay, type SkewReport } from '../../features/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import { systemClock } from '../../kernel/clock.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { Action } from '../../pipelines/index.ts'
import { asDecided, readDecided } from '../decided-rows.ts'
import { openDecisionLog } from '../decision-log.ts'
import { openEngine } from '../providers.ts'
import type { StepDependencies } from '../step-actions.ts'
import { clientOf } from './client-of.ts'
import { readPushed } from './read-pushed.ts'

/** What a skew step is asked; all of it is in its step key. */
interface SkewParameters {
  readonly deployment: string
  /** Share of entity keys that are replayed, chosen by a hash of the key. */
  readonly share: number
  /** Newest decisions that are looked at. */
  readonly limit: number
  readonly minRequests: number
}

/** `features.skew`: replays the decisions of a deployment's newest release offline; output `report`. */
export function skewAction(dependencies: StepDependencies): Action {
  return async context => {
    const { deployment, share, limit, minRequests } = context.params as unknown as SkewParameters
    const { folders, providers } = dependencies
    const reader = openDecisionLog(folders)
    const releases = join(folders.serving, 'releases')
    const decided = await readDecided({ reader, releases, deployment, share, limit, signal: context.signal })
    const engine = await openEngine(providers, { temporaryFolder: context.scratchFolder })
    try {
      const pushed = await readPushed(engine, { closure: decided.features }, { context, folders })
      const compared = await compareWithReplay(engine, pushed.closure, decided.rows, {
        projectFolder: context.projectFolder,
        minRequests,
        signal: context.signal,
        logged: asDecided,
      })
      const report = { ...compared, warnings: [...compared.warnings, ...decided.warnings] }
      context.log(summary(deployment, report))
      await clientOf(dependencies, context).recordSkewReport({
        deployment,
        release: decided.release,
        report: report as never,
        at: formatTimestamp(systemClock.nowMicros()),
      })
      return { report: { kind: 'json', value: JSON.parse(JSON.stringify(report)) as Json } }
    } finally {
      await engine.close()
    }
  }
}

function summary(deployment: string, { verdict, requests, features }: SkewReport): string {
  const differing = features.filter(each => each.worst.length > 0).map(each => each.feature)
  return `${deployment}: ${verdict}; ${requests} requests; ${differing.length === 0 ? 'no feature differs' : `differing: ${differing.join(', ')}`}`
}
