import type { DeploymentData } from '../definitions/index.ts'
import type { DeploymentsDependencies, ThresholdDetails } from '../deployments/index.ts'
import type { AppliedThreshold } from '../evaluation/index.ts'
import type { Suggestion, Suggestions } from '../governance/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { formatTimestamp, type Micros, parseDuration, parseTimestamp } from '../kernel/time.ts'
import { parseSchedule } from '../pipelines/index.ts'
import type { DefinitionStore, ProjectsService } from '../projects/index.ts'

export interface ThresholdFactsParts {
  readonly definitions: Pick<DefinitionStore, 'listCurrent'>
  readonly suggestions: () => Pick<Suggestions, 'list'>
  readonly schedules: ProjectsService['schedules']
  readonly clock: Clock
  /** The instant a replayed project lives at; null: it lives now. */
  readonly replayFrom: Micros | null
}

const unscheduled = parseDuration('7d')

/** What the rule of a deployment is told of its former suggestions, and of when it runs. */
export function thresholdFacts(parts: ThresholdFactsParts): DeploymentsDependencies['thresholdFacts'] {
  const { definitions, schedules, clock, replayFrom } = parts
  return async ({ name }: DeploymentData) => {
    const at = clock.nowMicros()
    const current = (await definitions.listCurrent()).find(({ ref }) => ref === `deployment:${name}`)
    const pipeline = `${name}-thresholds`
    const schedule = (await schedules()).find(each => each.pipeline === pipeline)
    return {
      author: current?.by ?? 'local',
      cycle: formatTimestamp(at).slice(0, 10),
      asOf: formatTimestamp(replayFrom ?? at),
      expiresAt: formatTimestamp(
        schedule ? parseSchedule(schedule.text, pipeline).next(at) : at + unscheduled,
      ),
      applied: chosenFor => appliedThresholds(parts, name, chosenFor),
    }
  }
}

async function appliedThresholds(
  { suggestions, replayFrom }: ThresholdFactsParts,
  name: string,
  { ruleHash, model }: { readonly ruleHash: string; readonly model: string },
): Promise<readonly AppliedThreshold[]> {
  const found: AppliedThreshold[] = []
  for (const state of ['applied', 'edited'] as const) {
    for (let cursor: string | undefined, more = true; more; ) {
      const query = { subject: `deployment:${name}`, kind: 'threshold', state, limit: 500 } as const
      const page = await suggestions().list({ ...query, ...(cursor === undefined ? {} : { cursor }) })
      const open = page.items.filter(each => each.outcome === null && each.ruleHash === ruleHash)
      found.push(...open.flatMap(each => appliedThreshold(each, { model, replayed: replayFrom !== null })))
      cursor = page.next
      more = cursor !== undefined
    }
  }
  return found
}

/** None for what is not applied, was chosen for another model, or promised nothing. */
function appliedThreshold(
  { id, state, proposed, decision, appliedAt, cycle, details: kept }: Suggestion,
  { model, replayed }: { readonly model: string; readonly replayed: boolean },
): readonly AppliedThreshold[] {
  const details = kept as unknown as ThresholdDetails
  const edited = state === 'edited'
  const value = edited ? decision?.value : proposed
  const promised = edited || details.threshold.guarantee !== null
  if (appliedAt === null || typeof value !== 'number' || details.model !== model || !promised) return []
  // The rows of a replayed project know nothing of the clock on the wall.
  const after = replayed ? parseTimestamp(details.asOf) : appliedAt
  const pool = edited || details.pool === null ? null : `${cycle} ${details.pool}`
  return [{ id, segment: details.segment, value, after: Number(after ?? appliedAt), pool }]
}
