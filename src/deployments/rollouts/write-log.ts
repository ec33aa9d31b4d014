import type { Principal } from '../../governance/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { ReleaseRecord } from '../ports.ts'
import { recordServing } from '../releases/serve.ts'
import type { RolloutStores, RolloutsDependencies } from './dependencies.ts'
import { type DraftRefusal, type FoldedDeployment, foldDeployment, type RowDraft } from './fold-deployment.ts'
import { chainFaults, nextRow } from './log.ts'
import type { RolloutActorData, RolloutLogRow, RolloutStore } from './model.ts'

/** The log of one deployment inside a transaction. */
export interface LogWriter {
  readonly stores: RolloutStores
  folded(): FoldedDeployment
  /** Throws what {@link write} would, and writes nothing. */
  assertMay(said: Said): void
  /** Appends the row and what goes with it: the audit event, and the serving record where another release serves. */
  write(said: Said): Promise<RolloutLogRow>
}

/** A row without its time; release, digest and contracts are those of its rollout where there is one. */
export type Said = Omit<RowDraft, 'at' | 'release' | 'digest' | 'contractSet'> &
  Partial<Pick<RowDraft, 'release' | 'digest' | 'contractSet'>>

/** Reads, checks and folds the log. Throws ROLLOUT_LOG_BROKEN. */
export async function readLog(
  rollouts: Pick<RolloutStore, 'listRows'>,
  deployment: string,
): Promise<{ readonly rows: readonly RolloutLogRow[]; readonly folded: FoldedDeployment }> {
  const rows = await rollouts.listRows(deployment)
  const [fault] = chainFaults(rows)
  if (fault !== undefined)
    throw new FettleError('ROLLOUT_LOG_BROKEN', `the rollout log of "${deployment}" does not hold: ${fault}`)
  return { rows, folded: foldDeployment(deployment, rows) }
}

/** All rows that `work` writes are there after it, or none. */
export function inLog<Result>(
  { uow, clock }: Pick<RolloutsDependencies, 'uow' | 'clock'>,
  deployment: string,
  work: (log: LogWriter) => Promise<Result>,
): Promise<Result> {
  return uow.transaction(async stores => {
    let { folded } = await readLog(stores.rollouts, deployment)
    const made = (said: Said) => {
      const own = said.rollout === null ? undefined : folded.rollouts.get(said.rollout)
      const draft: RowDraft = {
        release: own?.release ?? null,
        digest: own?.digest ?? null,
        contractSet: own?.contractSet ?? null,
        ...said,
        at: clock.nowMicros(),
      }
      const next = nextRow(folded, draft)
      if ('code' in next) throw refusalOf(folded, draft, next)
      return next
    }
    return work({
      stores,
      folded: () => folded,
      assertMay: said => void made(said),
      async write(said) {
        const { row, after } = made(said)
        await stores.rollouts.appendRow(row)
        await accompany(stores, row)
        folded = after
        return row
      },
    })
  })
}

/** A draft that cannot follow, in words with the state, the event and what is allowed. */
export function refusalOf(
  { deployment, rollouts }: Pick<FoldedDeployment, 'deployment' | 'rollouts'>,
  { rollout: id, event, actor, weight }: Pick<RowDraft, 'rollout' | 'event' | 'actor' | 'weight'>,
  { code, allowed, holder }: DraftRefusal,
): FettleError {
  const rollout = id === null ? undefined : rollouts.get(id)
  const state = rollout?.now.state ?? 'not begun'
  const details = { deployment, rollout: id, state, event, allowed }
  const may = allowed.length > 0 ? `Allowed now: ${allowed.join(', ')}.` : 'Nothing is allowed from here.'
  if (holder)
    return new FettleError(
      'LEASE_TAKEN',
      `release ${holder.release} of "${deployment}" is being ramped since ${formatTimestamp(holder.since)}`,
      {
        hint: `Finish or abort rollout ${holder.id} first.`,
        details: { ...details, by: holder.id, since: formatTimestamp(holder.since) },
      },
    )
  if (code === 'ROLLOUT_UNKNOWN')
    return new FettleError('ROLLOUT_UNKNOWN', `deployment "${deployment}" has no rollout ${id ?? ''}`)
  if (code === 'ACTOR_NOT_ALLOWED')
    return new FettleError(
      'ACTOR_NOT_ALLOWED',
      `${event} from ${state} is not for ${actor.kind === 'person' ? 'a person' : `a ${actor.kind}`}`,
      { hint: may, details },
    )
  if (code === 'ILLEGAL_WEIGHT') {
    const steps = rollout?.terms.canary ?? []
    return new FettleError(
      'ILLEGAL_WEIGHT',
      `${event}${weight === undefined ? '' : ` to ${weight} %`} is no step from ${rollout?.now.weight ?? 0} %`,
      { hint: `The steps are ${steps.join(', ')} %, one after another.`, details: { ...details, steps } },
    )
  }
  return new FettleError('ILLEGAL_TRANSITION', `${event} is not possible: the rollout is ${state}`, {
    hint: may,
    details,
  })
}

const begins: ReadonlySet<RolloutLogRow['event']> = new Set([
  'confirm',
  'first_release',
  'reinstated',
  'replaced',
])

async function accompany(stores: RolloutStores, row: RolloutLogRow): Promise<void> {
  const { deployment, at, actor, reason } = row
  await stores.audit.append({
    at,
    principal: actor.name,
    action: `rollout.${row.event}`,
    object: `deployment:${deployment}`,
    details: {
      ...{ seq: row.seq, rollout: row.rollout, release: row.release, from: row.from, to: row.to },
      ...{ weight: row.weight, reasonCode: row.reasonCode, reason, hash: row.hash },
    },
  })
  if (!begins.has(row.event)) return
  const former = (await stores.deployments.servingReleases())[deployment]?.release
  if (former?.digest === row.digest) return
  const record = await recordOf(stores, deployment, row.digest)
  const action = row.event === 'reinstated' ? 'release.rolled-back' : 'release.deployed'
  await recordServing(stores, { record, reason, principal: principalOf(actor), action, at }, former)
}

/** Throws RELEASE_UNKNOWN. */
export async function recordOf(
  { deployments }: Pick<RolloutStores, 'deployments'>,
  deployment: string,
  digest: string | null,
): Promise<ReleaseRecord> {
  const found = (await deployments.listReleases(deployment)).find(each => each.release.digest === digest)
  if (found) return found
  throw new FettleError('RELEASE_UNKNOWN', `deployment "${deployment}" has no release ${digest ?? ''}`)
}

const principalOf = ({ name }: RolloutActorData): Principal => ({ name })

/** Steps, schedules and rules act under names like `step:…`: they are no person. */
export function actorOf({ name }: Principal): RolloutActorData {
  return { kind: /^(?:step|rule|schedule|system)(?::|$)/.test(name) ? 'rule' : 'person', name }
}

export const systemActor: RolloutActorData = { kind: 'system', name: 'system' }
