import type { PipelineCore } from './core.ts'
import type { Artifact } from './model.ts'
import type { Reusable, StoredRun, StoredStep } from './ports.ts'
import { decideReuse } from './run-changes.ts'

/** How many earlier results of a key are looked at before the step runs. */
const candidatesLooked = 8

/**
 * Decides reuse for every ready step of a run that still needs it, and for those that become ready by it. Outside any
 * transaction, since the object store is asked; a crash in between leaves the steps undecided for the next pass.
 */
export async function settleReuse(core: PipelineCore, run: StoredRun): Promise<StoredRun> {
  let current = run
  for (let step = undecided(current); step !== undefined; step = undecided(current)) {
    const { id } = step.plan
    const found = await findReusable(core, step)
    current = await core.change(run.id, before => decideReuse(before, id, found, core.clock.nowMicros()))
  }
  core.signal.ring()
  return current
}

function undecided(run: StoredRun): StoredStep | undefined {
  return run.steps.find(step => step.state === 'ready' && !step.reuseChecked)
}

async function findReusable(core: PipelineCore, step: StoredStep): Promise<Reusable | undefined> {
  if (step.key === null) return undefined
  for (const candidate of await core.store.listReusable(step.key, candidatesLooked)) {
    if (fits(step, candidate.outputs) && (await allPresent(core, Object.values(candidate.outputs))))
      return candidate
  }
  return undefined
}

function fits(step: StoredStep, outputs: Readonly<Record<string, Artifact>>): boolean {
  return Object.entries(step.plan.outputs).every(([name, kind]) => outputs[name]?.kind === kind)
}

async function allPresent(core: PipelineCore, artifacts: readonly Artifact[]): Promise<boolean> {
  for (const hash of artifacts.flatMap(objectHashes)) if (!(await core.objects.has(hash))) return false
  return true
}

/** The objects an artifact consists of; a JSON value is kept in the metadata. */
export function objectHashes(artifact: Artifact): readonly string[] {
  if (artifact.kind === 'json') return []
  return artifact.kind === 'file' ? [artifact.hash] : artifact.files.map(file => file.hash)
}
