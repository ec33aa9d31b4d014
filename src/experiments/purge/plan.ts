import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { TrackingStores } from '../tracking/ports.ts'
import { unknownExperiment } from '../tracking/refusals.ts'
import type { Holders, Purgeable, PurgeableExperiment } from './ports.ts'

export interface PlannedExperiment {
  readonly id: number
  readonly name: string
  /** Whether nothing is left of it afterwards. */
  readonly removed: boolean
  readonly members: readonly Purgeable[]
}

export interface HeldMember {
  readonly kind: Purgeable['kind']
  readonly id: string
  readonly experiment: string
  /** What needs it: `model version late@3`, `release late@1`, `run 0a…`. */
  readonly by: readonly string[]
}

export interface Plan {
  readonly experiments: readonly PlannedExperiment[]
  readonly held: readonly HeldMember[]
}

/** The store makes it and expects it to be there. */
const defaultExperiment = 0

/** What of the deleted may go. Throws EXPERIMENT_UNKNOWN, PURGE_REFUSED. */
export async function planPurge(
  { purge, tracking }: Pick<TrackingStores, 'purge' | 'tracking'>,
  { names, before }: { readonly names: readonly string[]; readonly before: Micros },
): Promise<Plan> {
  await assertDeleted(tracking, names)
  const found = (await purge.experiments()).filter(({ name }) => names.length === 0 || names.includes(name))
  const all = new Map<PurgeableExperiment, readonly Purgeable[]>()
  for (const experiment of found) all.set(experiment, await purge.members(experiment.id))
  const old = [...all].flatMap(([{ updatedAt }, members]) =>
    members.filter(({ deletedAt = updatedAt }) => deletedAt <= before),
  )
  const { kept, held } = withoutHeld(old, await purge.holders())
  const going = new Set(kept)
  const experiments = [...all].map(([{ id, name, deleted, updatedAt }, members]) => {
    const purged = members.filter(member => going.has(member))
    const isEmptied = purged.length === members.length && deleted && updatedAt <= before
    return { id, name, removed: isEmptied && id !== defaultExperiment, members: purged }
  })
  const experimentOf = new Map(
    [...all].flatMap(([{ name }, members]) => members.map(({ id }) => [id, name] as const)),
  )
  return {
    experiments: experiments.filter(({ removed, members }) => removed || members.length > 0),
    held: held.map(({ member: { kind, id }, by }) => ({
      ...{ kind, id, by },
      experiment: experimentOf.get(id) ?? '',
    })),
  }
}

async function assertDeleted(tracking: TrackingStores['tracking'], names: readonly string[]): Promise<void> {
  for (const name of names) {
    const known = await tracking.experiments.findByName(name)
    if (known === undefined) throw unknownExperiment(name)
    if (!known.deleted)
      throw new FettleError(
        'PURGE_REFUSED',
        `Experiment "${name}" is not deleted: only what is deleted is purged`,
      )
  }
}

/** Parts what nothing else needs from what is needed. A run that is read by a fork which stays is needed. */
export function withoutHeld(
  members: readonly Purgeable[],
  { named, forks }: Holders,
): {
  readonly kept: readonly Purgeable[]
  readonly held: readonly { readonly member: Purgeable; readonly by: readonly string[] }[]
} {
  const byId = new Map(members.map(member => [member.id, member]))
  const held = new Map<Purgeable, string[]>()
  const hold = (member: Purgeable, by: readonly string[]) => {
    byId.delete(member.id)
    held.set(member, [...(held.get(member) ?? []), ...by])
  }
  for (const member of members) {
    const by = named.get(member.id)
    if (by !== undefined) hold(member, by)
  }
  for (let before = -1; before !== held.size; ) {
    before = held.size
    for (const { source, fork } of forks) {
      const member = byId.get(source)
      if (member !== undefined && !byId.has(fork)) hold(member, [`run ${fork}`])
    }
  }
  return {
    kept: members.filter(({ id }) => byId.has(id)),
    held: [...held].map(([member, by]) => ({ member, by })),
  }
}
