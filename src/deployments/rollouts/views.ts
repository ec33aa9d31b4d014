import { formatTimestamp, type Micros } from '../../kernel/time.ts'
import type { FrontCounts, StageEvidence } from '../evidence/model.ts'
import type { ReleaseRecord } from '../ports.ts'
import { chooseRolloutStep, forwardEvent } from './choose-step.ts'
import type { RolloutsDependencies } from './dependencies.ts'
import { dueAt, type RolloutFacts } from './facts.ts'
import { factsOf, outsideFacts } from './facts-of.ts'
import { allowedEvents, type RolloutState } from './fold.ts'
import {
  type FoldedDeployment,
  type LoggedRollout,
  leaseHolder,
  type StandingKill,
  saltOf,
} from './fold-deployment.ts'
import { type Guard, guardsOf, stageDuration } from './guards.ts'
import { chainFaults, nextRow } from './log.ts'
import type { KillLevel, RolloutActorData, RolloutEvent, RolloutLogRow, RolloutTerms } from './model.ts'
import { guardRefusal, rolloutBy } from './move.ts'
import { baseOf, type ShareArm, trafficOf } from './routing.ts'
import { termsOf } from './terms.ts'
import { readLog } from './write-log.ts'

/** Views are plain JSON: times in RFC 3339. */
export interface ReleaseRef {
  readonly number: number
  readonly digest: string
  readonly model: string
  readonly modelVersion: number
}

export interface KillView {
  readonly level: KillLevel
  readonly by: string
  readonly at: string
  readonly reason: string
  readonly local: boolean
}

export interface RolloutSummary {
  readonly id: string
  readonly deployment: string
  readonly release: ReleaseRef
  readonly state: RolloutState
  readonly weight: number
  readonly step: number | null
  readonly heldFrom: RolloutState | null
  readonly cause: string | null
  readonly reason: string
  readonly by: string
  readonly startedAt: string
  readonly since: string
  readonly endedAt: string | null
  readonly lease: boolean
}

export interface GuardView extends Pick<Guard, 'guard' | 'title' | 'holds' | 'now' | 'needed'> {
  readonly when: string | null
}

export interface NextView {
  readonly event: RolloutEvent
  readonly to: RolloutState
  readonly weight: number
  readonly allowed: boolean
  readonly byRule: boolean
  readonly refusal: { readonly code: string; readonly message: string; readonly hint: string } | null
  readonly missing: readonly GuardView[]
}

export interface RouterView {
  readonly router: string
  readonly seq: number
  readonly current: boolean
  readonly loaded: readonly string[]
  readonly refused: Readonly<Record<string, string>>
}

export type LogRowView = Omit<
  RolloutLogRow,
  'at' | 'actor' | 'kill' | 'prevHash' | 'deployment' | 'digest' | 'contractSet' | 'terms'
> & {
  readonly at: string
  readonly kill: KillLevel | null
  readonly actor: Omit<RolloutActorData, 'level'> & { readonly level: string | null }
}

export interface RolloutDetail extends RolloutSummary {
  readonly champion: ReleaseRef | null
  readonly steps: readonly { readonly percent: number; readonly hold: string }[]
  readonly guards: readonly GuardView[]
  readonly next: readonly NextView[]
  readonly outlook: string
  readonly routers: readonly RouterView[]
  readonly approvals: {
    readonly required: number
    readonly given: readonly { readonly by: string; readonly at: string }[]
  }
  readonly suggestion: string | null
  readonly evidence: StageEvidence | null
  readonly look: string | null
  readonly kill: KillView | null
  readonly rows: readonly LogRowView[]
}

export interface DeploymentRollouts {
  readonly deployment: string
  readonly champion: ReleaseRef | null
  readonly traffic: readonly {
    readonly arm: ShareArm
    readonly release: number | null
    readonly rollout: string | null
    readonly percent: number
  }[]
  readonly kill: KillView | null
  readonly incident: { readonly at: string; readonly rollout: string; readonly reason: string } | null
  readonly salt: string | null
  readonly seq: number
  readonly routers: readonly RouterView[]
  readonly terms:
    | (Omit<RolloutTerms, 'holdback' | 'shadowShare' | 'shadowFeatures' | 'look' | 'pins' | 'exclude'> & {
        readonly holdback: number | null
      })
    | null
  readonly rollouts: readonly RolloutSummary[]
}

type Parts = Pick<RolloutsDependencies, 'uow' | 'clock' | 'releaseDefinitions' | 'dataPlane' | 'production'>

/** Where the traffic of a deployment goes, and its rollouts, newest first. Throws UNKNOWN_DEPLOYMENT. */
export async function deploymentRollouts(deps: Parts, name: string): Promise<DeploymentRollouts> {
  const { deployment } = await deps.releaseDefinitions(name)
  const { read } = deps.uow
  const { folded } = await readLog(read.rollouts, name)
  const records = await read.deployments.listReleases(name)
  const counts = await deps.dataPlane.counts(name)
  const serving = (await read.deployments.servingReleases())[name]
  const base = baseOf(folded)?.rollout
  const keys = (serving?.release.features.request ?? []).flatMap(({ name: key, role }) =>
    role === 'key' ? [key] : [],
  )
  // Declared, and in the log once something is done.
  const terms = folded.terms ?? termsOf(deployment, { keys, former: null })
  return {
    deployment: name,
    champion: base ? refOf(records, base.digest) : serving ? refOf(records, serving.release.digest) : null,
    traffic: base || !serving ? trafficOf(folded) : [servesAll(serving)],
    kill: killView(folded),
    incident: incidentView(folded),
    salt: folded.epoch > 0 ? saltOf(folded) : null,
    seq: folded.seq,
    routers: routersOf(folded, counts),
    terms: deployment.rollout ? termsView(terms) : null,
    rollouts: [...folded.rollouts.values()].reverse().map(each => summaryOf(folded, records, each)),
  }
}

const servesAll = ({ release }: ReleaseRecord) => ({
  ...{ arm: 'champion' as const, release: release.number, rollout: null, percent: 100 },
})

function termsView(terms: RolloutTerms): DeploymentRollouts['terms'] {
  const { shadow, canary, stepTime, probation, probationLimit, standby, advance, approvals, unit } = terms
  const said = { shadow, canary, stepTime, probation, probationLimit, standby, advance, approvals, unit }
  return { ...said, holdback: terms.holdback?.percent ?? null }
}

/** One rollout with what may come next, and why it may not. Throws UNKNOWN_DEPLOYMENT, ROLLOUT_UNKNOWN. */
export async function rolloutDetail(
  deps: Parts & { openSuggestion(rollout: string): Promise<string | null> },
  name: string,
  id: string,
): Promise<RolloutDetail> {
  const outside = await outsideFacts(deps, name)
  const { read } = deps.uow
  const { folded, rows } = await readLog(read.rollouts, name)
  const rollout = rolloutBy(folded, id)
  const records = await read.deployments.listReleases(name)
  const facts = await factsOf(deps, read, { folded, rollout, outside })
  const [newest] = await read.rollouts.listLooks(rollout.id, 1)
  const base = baseOf(folded)?.rollout
  const forward = forwardEvent(rollout)
  const { canary, stepTime, approvals } = rollout.terms
  return {
    ...summaryOf(folded, records, rollout),
    champion: base && base.id !== rollout.id ? refOf(records, base.digest) : null,
    steps: canary.map((percent, at) => ({ percent, hold: stepTime[at] ?? '' })),
    guards: (forward ? guardsOf(forward, facts) : []).map(guardView),
    next: nextOf(facts),
    outlook: outlookOf(facts),
    routers: routersOf(folded, outside.counts),
    approvals: {
      required: approvals,
      given: (await read.rollouts.listApprovals(rollout.id))
        .filter(({ by }) => facts.approvedBy.includes(by))
        .map(({ by, at }) => ({ by, at: formatTimestamp(at) })),
    },
    suggestion: await deps.openSuggestion(rollout.id),
    evidence: newest?.evidence ?? null,
    look: newest?.id ?? null,
    kill: killView(folded),
    rows: rows.filter(row => row.rollout === rollout.id).map(logRowView),
  }
}

/** Rows after a seq, and whether the chain holds. Throws UNKNOWN_DEPLOYMENT. */
export async function rolloutLog(
  { uow, releaseDefinitions }: Pick<Parts, 'uow' | 'releaseDefinitions'>,
  name: string,
  after = 0,
): Promise<{ readonly rows: readonly LogRowView[]; readonly faults: readonly string[] }> {
  await releaseDefinitions(name)
  const rows = await uow.read.rollouts.listRows(name)
  return { rows: rows.filter(({ seq }) => seq > after).map(logRowView), faults: chainFaults(rows) }
}

/** A rollout in short, with its release named. */
export function summaryOf(
  folded: FoldedDeployment,
  records: readonly ReleaseRecord[],
  rollout: LoggedRollout,
): RolloutSummary {
  const { id, now, last, endedAt } = rollout
  return {
    ...{ id, deployment: folded.deployment, release: refOf(records, rollout.digest) },
    ...{ state: now.state ?? 'verified', weight: now.weight, step: now.step, heldFrom: now.heldFrom },
    cause: now.cause ?? (endedAt === null ? null : last.reasonCode),
    reason: last.reason,
    by: rollout.startedBy ?? last.actor.name,
    startedAt: formatTimestamp(rollout.startedAt),
    since: formatTimestamp(rollout.since),
    endedAt: endedAt === null ? null : formatTimestamp(endedAt),
    lease: leaseHolder(folded)?.id === id,
  }
}

function refOf(records: readonly ReleaseRecord[], digest: string): ReleaseRef {
  const release = records.find(each => each.release.digest === digest)?.release
  return {
    ...{ number: release?.number ?? 0, digest },
    ...{ model: release?.model.name ?? '', modelVersion: release?.model.version ?? 0 },
  }
}

export function incidentView({ incident }: FoldedDeployment): DeploymentRollouts['incident'] {
  return incident && { ...incident, at: formatTimestamp(incident.at) }
}

/** What stands over the weights; what a host has set outranks. */
export function killView({ kill, localKill }: FoldedDeployment): KillView | null {
  const view = (standing: StandingKill, local: boolean): KillView => ({
    ...{ level: standing.level, by: standing.by, reason: standing.reason, local },
    at: formatTimestamp(standing.at),
  })
  if (localKill) return view(localKill, true)
  return kill && view(kill, false)
}

function routersOf({ seq }: FoldedDeployment, counts: FrontCounts | null): readonly RouterView[] {
  return (counts?.routers ?? []).map(router => ({ ...router, current: router.seq >= seq }))
}

const guardView = ({ guard, title, holds, now, needed, when }: Guard): GuardView => ({
  ...{ guard, title, holds, now, needed },
  when: when === null ? null : formatTimestamp(when),
})

const bySystem: ReadonlySet<string> = new Set(['verify_passed', 'superseded', 'reinstated', 'first_release'])

/** Every event of the table from here, tried on the log as it is. */
function nextOf(facts: RolloutFacts): readonly NextView[] {
  const { folded, rollout, now } = facts
  return allowedEvents(rollout.now, rollout.terms.canary)
    .filter(event => !bySystem.has(event))
    .map(name => {
      const event = name as RolloutEvent
      const tried = nextRow(folded, {
        ...{ rollout: rollout.id, release: rollout.release, digest: rollout.digest, event, at: now },
        ...{ actor: { kind: 'person', name: '' }, reasonCode: 'person', reason: '', contractSet: null },
      })
      const refusal = guardRefusal(facts, event)
      const missing = guardsOf(event, facts).filter(({ holds }) => !holds)
      const after = 'row' in tried ? tried.row : undefined
      return {
        event,
        to: after?.to ?? rollout.now.state ?? 'verified',
        weight: after?.weight ?? rollout.now.weight,
        allowed: after !== undefined && refusal === undefined,
        byRule: rollout.terms.advance === 'rule' && event === forwardEvent(rollout),
        refusal: refusal
          ? { code: refusal.code, message: refusal.message, hint: refusal.hint }
          : 'code' in tried
            ? { code: tried.code, message: `${event} cannot follow now`, hint: '' }
            : null,
        missing: missing.map(guardView),
      }
    })
}

/** What comes next and when, in one sentence. */
function outlookOf(facts: RolloutFacts): string {
  const { rollout, folded } = facts
  const { state, cause } = rollout.now
  if (state === 'aborted' || state === 'rolled_back') return `It was taken back: ${rollout.last.reason}.`
  if (state === 'retired') return 'Another release is champion.'
  if (state === 'champion') return 'It is champion.'
  if (state === 'held') return `Held (${cause}): resume it, or take it back.`
  const step = chooseRolloutStep(facts)
  const who =
    rollout.terms.advance === 'rule' && folded.incident === null ? 'by the rule' : 'when a person says so'
  const event = forwardEvent(rollout) ?? ''
  if (step.act === 'event') return `${step.event} at the next look: ${step.reason}.`
  if (step.act === 'suggest') return `${event} can come now, ${who}.`
  const duration = stageDuration(facts)
  const due: Micros | null = duration === undefined ? null : dueAt(rollout, duration)
  const later = due !== null && due > facts.now ? ` not before ${formatTimestamp(due)}` : ''
  const missing = guardsOf(forwardEvent(rollout) ?? 'hold', facts).filter(({ holds }) => !holds)
  if (missing.length === 0) return `${event}${later}, ${who}: ${step.why}.`
  return `${event} comes${later} ${who}; it still waits for ${missing.map(({ title }) => title).join(', ')}.`
}

function logRowView(row: RolloutLogRow): LogRowView {
  const { seq, rollout, release, event, from, to, heldFrom, step, weight, ranges, salt } = row
  const { actor, reasonCode, reason, evidence, hash } = row
  return {
    ...{ seq, rollout, release, event, from, to, heldFrom, step, weight, ranges, salt },
    ...{ reasonCode, reason, evidence, hash },
    at: formatTimestamp(row.at),
    kill: row.kill ?? null,
    actor: { ...actor, level: actor.level ?? null },
  }
}
