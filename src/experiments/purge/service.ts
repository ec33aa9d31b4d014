import type { Principal } from '../../governance/index.ts'
import type { Clock } from '../../kernel/clock.ts'
import type { Micros } from '../../kernel/time.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import type { ReferenceStore } from '../artifacts/collection.ts'
import { assertNoStep } from '../tracking/own-runs.ts'
import type { TrackingStores } from '../tracking/ports.ts'
import type { TrackingWriter } from '../tracking/write/writer.ts'
import { lastBytes } from './last-bytes.ts'
import { type HeldMember, type Plan, type PlannedExperiment, planPurge, withoutHeld } from './plan.ts'
import type { Purgeable, PurgeCounts } from './ports.ts'

export interface PurgeRequest {
  /** Names of deleted experiments; everything that is deleted, also in active experiments, when there are none. */
  readonly experiments: readonly string[]
  /** Only what was deleted at least this long ago. */
  readonly olderThan: Micros
  readonly dryRun: boolean
}

export interface PurgedExperiment extends PurgeCounts {
  readonly id: string
  readonly name: string
  /** Whether the experiment itself goes, and its name is free. */
  readonly removed: boolean
  /**
   * Artifacts that lose their last reference; of a dry run. Never too few: one that only a stored manifest names counts,
   * and is kept when bytes are collected.
   */
  readonly bytes: number
}

export interface PurgeReport {
  readonly experiments: readonly PurgedExperiment[]
  /** What stays although it is deleted. */
  readonly held: readonly HeldMember[]
  /** Whether there was more than one request does: the same request again goes on. */
  readonly more: boolean
}

export interface Purge {
  /**
   * Removes deleted experiments, runs and logged models for good, in transactions of a few runs each: a run is there
   * whole or gone whole. Throws EXPERIMENT_UNKNOWN, PURGE_REFUSED for an experiment that is not deleted,
   * FORBIDDEN to a pipeline step.
   */
  purge(request: PurgeRequest, principal: Principal): Promise<PurgeReport>
}

export interface PurgeDeps {
  readonly uow: UnitOfWork<TrackingStores & { readonly references: ReferenceStore }>
  readonly clock: Clock
  readonly writer: Pick<TrackingWriter, 'change'>
}

/** Runs and logged models of one transaction: others wait for it. */
const batchMembers = 100
/** A request ends after this, with more to do. */
const requestMicros = 5_000_000n
const countedTogether = 1_000

export function createPurge(deps: PurgeDeps): Purge {
  return {
    async purge(request, principal) {
      assertNoStep(principal)
      const { uow, clock } = deps
      const before = clock.nowMicros() - request.olderThan
      const plan = await planPurge(uow.read, { names: request.experiments, before })
      return request.dryRun ? foresee(deps, plan) : carryOut(deps, plan, principal)
    },
  }
}

async function foresee({ uow }: PurgeDeps, { experiments, held }: Plan): Promise<PurgeReport> {
  const bytes = await lastBytes(uow.read, experiments)
  const counted: PurgedExperiment[] = []
  for (const [index, { id, name, removed, members }] of experiments.entries()) {
    let counts = none
    for (const part of partsOf(members, countedTogether))
      counts = add(counts, await uow.read.purge.count(part))
    counted.push({ id: String(id), name, removed, ...counts, bytes: bytes[index] ?? 0 })
  }
  return { experiments: counted, held, more: false }
}

async function carryOut(deps: PurgeDeps, plan: Plan, principal: Principal): Promise<PurgeReport> {
  const { clock } = deps
  const until = clock.nowMicros() + requestMicros
  const done: PurgedExperiment[] = []
  let [some, left] = [false, false]
  for (const experiment of plan.experiments) {
    let counts = none
    for (const part of partsOf(experiment.members, batchMembers)) {
      const purged =
        some && clock.nowMicros() > until ? none : await removeMembers(deps, { experiment, part, principal })
      counts = add(counts, purged)
      const members = purged.runs + purged.loggedModels
      if (members > 0) some = true
      if (members < part.length) left = true
    }
    const removed = experiment.removed && (await removeExperiment(deps, experiment, principal))
    if (removed || counts.runs + counts.loggedModels > 0)
      done.push({ id: String(experiment.id), name: experiment.name, removed, ...counts, bytes: 0 })
  }
  // A run whose fork stood in a later part goes the next time; where nothing went, nothing more will.
  return { experiments: done, held: plan.held, more: some && left }
}

interface Part {
  readonly experiment: PlannedExperiment
  readonly part: readonly Purgeable[]
  readonly principal: Principal
}

/** Whatever was restored, or came to be needed, since the plan stays. */
function removeMembers({ writer }: PurgeDeps, { experiment, part, principal }: Part): Promise<PurgeCounts> {
  return writer.change(
    principal,
    async ({ stores: { purge }, audit }) => {
      const deleted = await purge.members(experiment.id, part)
      const { kept: members } = withoutHeld(deleted, await purge.holders())
      if (members.length === 0) return none
      const counts = await purge.count(members)
      await purge.remove(members)
      await audit({
        ...{ object: `experiment:${experiment.name}`, action: 'experiment.data-purged' },
        details: { id: String(experiment.id), ...counts },
      })
      return counts
    },
    part.length * 1_000,
  )
}

function removeExperiment(
  { writer }: PurgeDeps,
  { id, name }: PlannedExperiment,
  principal: Principal,
): Promise<boolean> {
  return writer.change(principal, async ({ stores: { purge }, tracking, audit }) => {
    const known = await tracking.experiments.find(id)
    if (known?.deleted !== true || !(await purge.removeExperiment(id))) return false
    await audit({ object: `experiment:${name}`, action: 'experiment.purged', details: { id: String(id) } })
    return true
  })
}

const none: PurgeCounts = { runs: 0, loggedModels: 0, points: 0, params: 0, tags: 0, files: 0 }

function add(a: PurgeCounts, b: PurgeCounts): PurgeCounts {
  return {
    runs: a.runs + b.runs,
    loggedModels: a.loggedModels + b.loggedModels,
    points: a.points + b.points,
    params: a.params + b.params,
    tags: a.tags + b.tags,
    files: a.files + b.files,
  }
}

function* partsOf<Item>(items: readonly Item[], size: number): Generator<readonly Item[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size)
}
