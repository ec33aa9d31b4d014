import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import { allowedEvents, type FoldedRollout, foldRow, nothing, type RowRefusal } from './fold.ts'
import type { KillLevel, RolloutActorData, RolloutEvent, RolloutLogRow, RolloutTerms } from './model.ts'
import { beyondFirst, rangesAfter } from './own-buckets.ts'
import { type TrafficRanges, takenRanges, wholeTraffic } from './traffic-ranges.ts'

/** One rollout as the rows so far leave it. */
export interface LoggedRollout {
  readonly id: string
  readonly release: number
  readonly digest: string
  /** As they stood when it began. */
  readonly terms: RolloutTerms
  readonly contractSet: string | null
  readonly now: FoldedRollout
  readonly startedAt: Micros
  /** Who asked for it first. */
  readonly startedBy: string | null
  /** Since when its evidence counts: this state or, in canary, this step began, or a void of its evidence. */
  readonly since: Micros
  /** Since when it collects pairs; null before. */
  readonly shadowSince: Micros | null
  /** How long it was held since then: its clocks stood still. */
  readonly heldFor: Micros
  readonly heldAt: Micros | null
  readonly endedAt: Micros | null
  /** A former champion that is still loaded everywhere. */
  readonly warm: boolean
  readonly last: { readonly actor: RolloutActorData; readonly reasonCode: string; readonly reason: string }
}

export interface StandingKill {
  readonly level: KillLevel
  readonly by: string
  readonly at: Micros
  readonly reason: string
}

/** What the rows of one deployment come to: a pure fold, the same wherever it is replayed (releases.md §8, §9). */
export interface FoldedDeployment {
  readonly deployment: string
  readonly seq: number
  readonly hash: string | null
  readonly terms: RolloutTerms | null
  /** By id, oldest first. */
  readonly rollouts: ReadonlyMap<string, LoggedRollout>
  /** Of the release that has every bucket nobody else has; null before there is one, and when it was taken back. */
  readonly champion: string | null
  readonly epoch: number
  readonly ranges: TrafficRanges
  /** Set here, and set on a serving host: that one outranks. */
  readonly kill: StandingKill | null
  readonly localKill: StandingKill | null
  readonly incident: { readonly rollout: string; readonly at: Micros; readonly reason: string } | null
}

/** What a row says; the rest of it follows from the rows before. */
export type RowDraft = Pick<
  RolloutLogRow,
  'rollout' | 'release' | 'digest' | 'event' | 'actor' | 'reasonCode' | 'reason' | 'contractSet' | 'at'
> & {
  readonly weight?: number
  readonly kill?: KillLevel
  readonly terms?: RolloutTerms
  readonly evidence?: readonly string[]
}

export interface DraftRefusal {
  readonly code: RowRefusal | 'LEASE_TAKEN' | 'ROLLOUT_UNKNOWN'
  /** Events the table lets follow. */
  readonly allowed: readonly string[]
  /** Who holds the lease, where that is why. */
  readonly holder?: LoggedRollout
}

export const emptyLog = (deployment: string): FoldedDeployment => ({
  deployment,
  seq: 0,
  hash: null,
  terms: null,
  rollouts: new Map(),
  champion: null,
  epoch: 0,
  ranges: wholeTraffic,
  kill: null,
  localKill: null,
  incident: null,
})

export const saltOf = ({ deployment, epoch }: Pick<FoldedDeployment, 'deployment' | 'epoch'>): string =>
  `${deployment}-${Math.max(epoch, 1)}`

/** The rollout that may step beyond the first step: it is there, or in probation, or was held from there. */
export function leaseHolder({ rollouts }: Pick<FoldedDeployment, 'rollouts'>): LoggedRollout | undefined {
  return [...rollouts.values()].find(({ now }) => beyondFirst(now))
}

/** Folds a whole log. Throws ROLLOUT_LOG_BROKEN at the first row that could not have been written. */
export function foldDeployment(deployment: string, rows: readonly RolloutLogRow[]): FoldedDeployment {
  return rows.reduce((before, row) => {
    const after = foldLogRow(before, row)
    if ('code' in after || !agrees(row, before, after))
      throw new FettleError(
        'ROLLOUT_LOG_BROKEN',
        `row ${row.seq} (${row.event}) of the log of "${deployment}" does not follow from the rows before it`,
      )
    return after
  }, emptyLog(deployment))
}

function agrees(row: RolloutLogRow, before: FoldedDeployment, after: FoldedDeployment): boolean {
  const wanted = consequences(before, after, row)
  return (
    row.seq === before.seq + 1 &&
    row.prevHash === before.hash &&
    (Object.keys(wanted) as (keyof typeof wanted)[]).every(
      name => JSON.stringify(wanted[name]) === JSON.stringify(row[name]),
    )
  )
}

/** What a row records of the fold, so that it can be read without one. */
export function consequences(
  before: FoldedDeployment,
  after: FoldedDeployment,
  { rollout }: Pick<RolloutLogRow, 'rollout'>,
): Pick<RolloutLogRow, 'from' | 'to' | 'heldFrom' | 'step' | 'weight' | 'ranges' | 'salt'> {
  const was = rollout === null ? undefined : before.rollouts.get(rollout)?.now
  const is = rollout === null ? undefined : after.rollouts.get(rollout)?.now
  return {
    from: was?.state ?? null,
    to: is?.state ?? null,
    heldFrom: is?.heldFrom ?? null,
    step: is?.step ?? null,
    weight: is?.weight ?? 0,
    ranges: takenRanges(after.ranges),
    salt: saltOf(after),
  }
}

/** One row on top of the rows before it, or why it cannot follow. */
export function foldLogRow(
  before: FoldedDeployment,
  row: RowDraft & { readonly hash?: string },
): FoldedDeployment | DraftRefusal {
  const counted = { ...before, seq: before.seq + 1, hash: row.hash ?? null }
  switch (row.event) {
    case 'kill_set':
    case 'kill_lifted':
      return killed(counted, row)
    case 'terms_set':
      return row.terms ? { ...counted, terms: row.terms } : illegal([])
    case 'incident_opened':
      return { ...counted, incident: { rollout: row.rollout ?? '', at: row.at, reason: row.reason } }
    case 'incident_closed':
      if (before.incident === null) return illegal([])
      return row.actor.kind === 'person'
        ? { ...counted, incident: null }
        : { code: 'ACTOR_NOT_ALLOWED', allowed: ['incident_closed'] }
    case 'replaced':
      return replaced(counted, row)
    case 'standby_ended':
      return standbyEnded(counted, row)
    default:
      return rolledOn(counted, row, row.event)
  }
}

const illegal = (allowed: readonly string[]): DraftRefusal => ({ code: 'ILLEGAL_TRANSITION', allowed })

/** A local kill outranks the control plane until a person lifts it; what a host lifts is its own. */
function killed(before: FoldedDeployment, row: RowDraft): FoldedDeployment | DraftRefusal {
  const local = row.actor.kind === 'local-kill'
  if (row.event === 'kill_lifted') {
    if (!local) return { ...before, kill: null, localKill: null }
    return { ...before, localKill: null }
  }
  if (row.kill === undefined) return illegal(['kill_lifted'])
  const kill = { level: row.kill, by: row.actor.name, at: row.at, reason: row.reason }
  return local ? { ...before, localKill: kill } : { ...before, kill }
}

const ends: ReadonlySet<string | null> = new Set(['retired', 'aborted', 'rolled_back'])
export const hasEnded = ({ now }: Pick<LoggedRollout, 'now'>): boolean => ends.has(now.state)

function replaced(before: FoldedDeployment, row: RowDraft): FoldedDeployment | DraftRefusal {
  const { rollout, release, digest } = row
  const going = [...before.rollouts.values()].filter(each => !hasEnded(each) && each.id !== before.champion)
  if (rollout === null || release === null || digest === null || going.length > 0 || before.terms === null)
    return illegal(['abort', 'roll_back'])
  if (before.rollouts.has(rollout)) return illegal([])
  const rollouts = new Map(before.rollouts)
  const former = before.champion === null ? undefined : rollouts.get(before.champion)
  if (former) rollouts.set(former.id, retired(former, row))
  const began = newRollout({ ...row, rollout, release, digest }, before.terms)
  rollouts.set(rollout, { ...began, now: { ...nothing, state: 'champion', weight: 100 } })
  return { ...before, rollouts, champion: rollout }
}

const lastOf = ({ actor, reasonCode, reason }: RowDraft): LoggedRollout['last'] => ({
  actor,
  reasonCode,
  reason,
})

function retired(rollout: LoggedRollout, row: RowDraft): LoggedRollout {
  const now = { ...nothing, state: 'retired' as const }
  return { ...rollout, now, since: row.at, endedAt: row.at, warm: true, last: lastOf(row) }
}

function standbyEnded(before: FoldedDeployment, row: RowDraft): FoldedDeployment | DraftRefusal {
  const found = row.rollout === null ? undefined : before.rollouts.get(row.rollout)
  if (!found?.warm) return illegal([])
  return { ...before, rollouts: new Map([...before.rollouts, [found.id, { ...found, warm: false }]]) }
}

type BeginningRow = RowDraft & { readonly rollout: string; readonly release: number; readonly digest: string }

function newRollout(row: BeginningRow, terms: RolloutTerms): LoggedRollout {
  return {
    id: row.rollout,
    release: row.release,
    digest: row.digest,
    terms,
    contractSet: row.contractSet,
    now: nothing,
    startedAt: row.at,
    startedBy: null,
    since: row.at,
    shadowSince: null,
    heldFor: 0n,
    heldAt: null,
    endedAt: null,
    warm: false,
    last: lastOf(row),
  }
}

/** T1–T15 on one of the rollouts, with the rules that look at more than one: one lease, one champion. */
function rolledOn(
  before: FoldedDeployment,
  row: RowDraft,
  event: RolloutEvent,
): FoldedDeployment | DraftRefusal {
  const own = rolloutOf(before, row, event)
  if ('code' in own) return own
  const named = ['start_canary', 'step_up', 'step_down'].includes(event)
  const next = foldRow(
    own.now,
    {
      event,
      actor: row.actor.kind,
      ...(named && row.weight !== undefined ? { weight: row.weight } : {}),
      ...(event === 'hold' ? { cause: row.reasonCode } : {}),
    },
    own.terms.canary,
  )
  if (typeof next === 'string') return { code: next, allowed: allowedEvents(own.now, own.terms.canary) }
  const clash = clashOf(before, own, event)
  if (clash) return clash
  const moved = movedRollout(own, next, row)
  const rollouts = new Map([...before.rollouts, [own.id, moved]])
  const ranged = rangesAfter({ ...before, rollouts }, moved, event)
  if (ranged === undefined)
    return { code: 'ILLEGAL_WEIGHT', allowed: allowedEvents(own.now, own.terms.canary) }
  return { ...before, rollouts, ...ranged, champion: championAfter(before, own, event) }
}

function rolloutOf(
  before: FoldedDeployment,
  row: RowDraft,
  event: RolloutEvent,
): LoggedRollout | DraftRefusal {
  const known = row.rollout === null ? undefined : before.rollouts.get(row.rollout)
  if (known) return known
  const { rollout, release, digest } = row
  if (event !== 'verify_passed' || before.terms === null) return { code: 'ROLLOUT_UNKNOWN', allowed: [] }
  if (rollout === null || release === null || digest === null) return illegal([])
  return newRollout({ ...row, rollout, release, digest }, before.terms)
}

const wantsLease: ReadonlySet<RolloutEvent> = new Set(['start_canary', 'step_up', 'start_probation'])

function clashOf(
  before: FoldedDeployment,
  own: LoggedRollout,
  event: RolloutEvent,
): DraftRefusal | undefined {
  const allowed = allowedEvents(own.now, own.terms.canary).filter(each => each !== event)
  const holder = leaseHolder(before)
  if (wantsLease.has(event) && holder && holder.id !== own.id) return { code: 'LEASE_TAKEN', allowed, holder }
  const champions = before.champion !== null
  const impossible =
    (event === 'first_release' && (champions || holder !== undefined)) ||
    (event === 'superseded' && before.champion === own.id) ||
    (event === 'reinstated' && (champions || !own.warm))
  return impossible ? illegal(allowed) : undefined
}

function championAfter(before: FoldedDeployment, own: LoggedRollout, event: RolloutEvent): string | null {
  if (event === 'confirm' || event === 'reinstated') return own.id
  return event === 'roll_back' && before.champion === own.id ? null : before.champion
}

/** States whose beginning starts the clocks anew; a resumed one goes on where it stood. */
function movedRollout(own: LoggedRollout, now: FoldedRollout, row: RowDraft): LoggedRollout {
  const asked = row.actor.kind === 'system' ? null : row.actor.name
  const base = { ...own, now, last: lastOf(row), startedBy: own.startedBy ?? asked }
  if (row.event === 'hold') return { ...base, heldAt: row.at }
  if (row.event === 'resume') {
    // What was collected while units were split wrongly is no evidence.
    if (own.now.cause === 'sample-ratio') return { ...base, since: row.at, heldFor: 0n, heldAt: null }
    return { ...base, heldFor: own.heldFor + (row.at - (own.heldAt ?? row.at)), heldAt: null }
  }
  const ended = ends.has(now.state)
  return {
    ...base,
    since: row.at,
    heldFor: 0n,
    heldAt: null,
    shadowSince: row.event === 'start_shadow' ? row.at : own.shadowSince,
    endedAt: ended ? row.at : null,
    warm: row.event === 'superseded',
  }
}
