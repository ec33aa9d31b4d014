import { runObject } from './find-run.ts'
import { assertRunName, invalid } from './limits.ts'
import type { RunStatus } from './model.ts'
import type { RunChange, StoredRun } from './ports.ts'
import type { TrackedRuns } from './service.ts'
import type { ChangeContext } from './write/writer.ts'

type RunUpdate = Parameters<TrackedRuns['update']>[1]

const statuses: readonly string[] = [...['scheduled', 'running', 'finished', 'failed', 'killed']] satisfies
  | RunStatus[]
  | string[]

/** Every change of status is an event of its own. */
export async function updateRun(context: ChangeContext, run: StoredRun, update: RunUpdate): Promise<void> {
  assertUpdate(update)
  const { tracking, now, audit, stores, watch } = context
  const change = changeOf(run, update)
  if (Object.keys(change).length === 0) return
  if (change.name !== undefined) {
    const keys = await tracking.ensureKeys(['mlflow.runName'])
    const key = keys.get('mlflow.runName') ?? 0
    await tracking.facts.write('tags', [
      { run: run.ref, key, experiment: run.experiment, value: change.name },
    ])
    await audit({
      ...{ object: runObject(run.id), action: 'experiment-run.renamed' },
      details: { before: run.name, after: change.name },
    })
  }
  await tracking.runs.change([run.ref], { ...change, seenAt: now })
  if (change.status === 'failed') await watch.failed(stores, run, now)
  if (change.status !== undefined)
    await audit({
      ...{ object: runObject(run.id), action: `experiment-run.${actions[change.status]}` },
      details: { before: run.status, after: change.status, cause: null },
    })
}

const actions: Readonly<Record<RunStatus, string>> = {
  scheduled: 'scheduled',
  running: 'resumed',
  finished: 'finished',
  failed: 'failed',
  killed: 'killed',
}

function assertUpdate({ status, endedAt, name }: RunUpdate): void {
  if (status !== undefined && !statuses.includes(status))
    invalid(
      `Invalid value "${status}" for parameter 'status' supplied: one of ${statuses.join(', ')} is wanted`,
    )
  if (endedAt !== undefined && (endedAt < 0n || endedAt >= 1n << 62n))
    invalid(`Invalid value ${endedAt} for parameter 'end_time' supplied: a time since 1970 is wanted`)
  if (name !== undefined) assertRunName(name)
}

/** An empty name counts as none. A run that was taken for lost is what its writer says. */
function changeOf(run: StoredRun, { status, endedAt, name }: RunUpdate): RunChange {
  return {
    ...(status === undefined || status === run.status ? {} : { status }),
    ...(endedAt === undefined || endedAt === run.endedAt ? {} : { endedAt }),
    ...(!name || name === run.name ? {} : { name }),
    ...(status === undefined || run.cause === null ? {} : { cause: null }),
  }
}
