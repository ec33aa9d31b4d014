import { readFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import type { MetadataDatabase } from '../adapters/metadata/index.ts'
import {
  createEvidenceCollector,
  createRollouts,
  type DeploymentsDependencies,
  type EvidenceCollector,
  evidenceTerms,
  type LabelSource,
  type LocalKill,
  type Rollouts,
  type SuggestedStep,
  type TrafficSource,
} from '../deployments/index.ts'
import type { Proposal, Suggestions } from '../governance/index.ts'
import { contentHash } from '../kernel/canonical.ts'
import { formatTimestamp, parseDuration } from '../kernel/time.ts'
import { appendKill } from '../serving/index.ts'

export interface RolloutParts
  extends Pick<
    DeploymentsDependencies,
    | 'clock'
    | 'releases'
    | 'dataPlane'
    | 'releaseDefinitions'
    | 'definedDeployments'
    | 'assertSigned'
    | 'signaturesOf'
    | 'freezeCard'
    | 'readyWithinMs'
    | 'objects'
  > {
  readonly database: MetadataDatabase
  readonly servingFolder: string
  readonly production: boolean
  readonly traffic: TrafficSource
  readonly labels: LabelSource
  readonly suggestions: () => Pick<Suggestions, 'propose' | 'list'>
  onFault(error: unknown): void
}

const roundEveryMs = 1_000
const suggestedFor = parseDuration('24h')
/** Changes with every change of what leads to a step. */
const method = 'fettle-rollout/1'

/** Rollouts over one folder, and the duty that looks at them. */
export function openRollouts(parts: RolloutParts): {
  readonly rollouts: Rollouts
  readonly controller: { start(): void; stop(): Promise<void> }
} {
  const { database: uow, servingFolder } = parts
  const rollouts = createRollouts({
    ...parts,
    uow,
    followedWithinMs: 3_000,
    collectorOf: collectors(parts),
    suggest: step => suggest(parts, step),
    openSuggestion: rollout => openSuggestion(parts, rollout),
    localKills: () => localKills(servingFolder),
    async liftLocal(deployment, by) {
      if (!(await localKills(servingFolder)).some(kill => kill.deployment === deployment)) return
      const at = formatTimestamp(parts.clock.nowMicros())
      await appendKill(servingFolder, { at, deployment, level: 'lift', by: by || userInfo().username })
    },
  })
  return { rollouts, controller: rounds(rollouts, parts) }
}

function rounds(rollouts: Rollouts, { onFault }: Pick<RolloutParts, 'onFault'>) {
  let timer: NodeJS.Timeout | undefined
  let running: Promise<void> | undefined
  const look = (): void => {
    running ??= rollouts.controller
      .look(onFault)
      .catch(onFault)
      .finally(() => {
        running = undefined
      })
  }
  return {
    start() {
      timer ??= setInterval(look, roundEveryMs)
      timer.unref()
      look()
    },
    async stop() {
      clearInterval(timer)
      timer = undefined
      await running
    },
  }
}

/** One for all deployments: it knows them by what it is asked. */
function collectors(parts: RolloutParts): () => Promise<EvidenceCollector> {
  const { database, dataPlane, traffic, labels } = parts
  const collector = createEvidenceCollector({
    ...{ traffic, labels },
    counts: deployment => dataPlane.counts(deployment),
    terms: facts => evidenceTerms({ ...parts, uow: database }, facts),
    history: async rollout => (await database.read.rollouts.listLooks(rollout, 1))[0]?.evidence,
  })
  return async () => collector
}

/** Rows of the kill switch of this host, oldest first; a torn one is none. */
async function localKills(servingFolder: string): Promise<readonly LocalKill[]> {
  const text = await readFile(join(servingFolder, 'kills.jsonl'), 'utf8').catch(() => '')
  return text.split('\n').flatMap(line => {
    try {
      return line === '' ? [] : [JSON.parse(line) as LocalKill]
    } catch {
      return []
    }
  })
}

const titles: Readonly<Partial<Record<SuggestedStep['event'], string>>> = {
  start_shadow: 'let it score beside the champion',
  start_canary: 'give it the first share of traffic',
  step_up: 'give it the next share of traffic',
  start_probation: 'give it all traffic, in probation',
  confirm: 'make it champion',
}

async function suggest(
  { suggestions, clock, releaseDefinitions }: RolloutParts,
  { deployment, rollout, event, reason, look }: SuggestedStep,
): Promise<void> {
  await releaseDefinitions(deployment)
  const { now, terms, id, release, digest } = rollout
  const proposal: Proposal = {
    ...{ kind: 'promotion', subject: `deployment:${deployment}`, rule: 'rollout', ruleBy: 'fettle' },
    ...{ segmentClass: '', segment: '', ruleHash: contentHash({ method }) },
    cycle: `${id}:${event}:${now.step ?? ''}:${formatTimestamp(clock.nowMicros()).slice(0, 10)}`,
    title: `Release ${release}: ${titles[event] ?? event}`,
    old: { state: now.state, weight: now.weight },
    proposed: { rollout: id, event, digest },
    ...{ interval: null, flipsPerWeek: null, flipsPerWeekUpper: null, rows: null, matured: null },
    window: { from: null, to: null, rowSet: null },
    capHit: false,
    details: { rollout: id, event, reason, look, steps: terms.canary },
    expiresAt: clock.nowMicros() + suggestedFor,
  }
  await suggestions().propose([proposal])
}

async function openSuggestion(
  { suggestions }: Pick<RolloutParts, 'suggestions'>,
  rollout: string,
): Promise<string | null> {
  const { items } = await suggestions().list({ kind: 'promotion', state: 'open', limit: 200 })
  const own = items.find(
    ({ details }) => (details as { readonly rollout?: unknown } | null)?.rollout === rollout,
  )
  return own?.id ?? null
}
