import { FettleError } from '../../kernel/errors/index.ts'
import { uuidv7 } from '../../kernel/ids.ts'
import { findActive } from './experiments.ts'
import { runObject } from './find-run.ts'
import { assertRunName, checkBatch, invalid } from './limits.ts'
import type { TrackedRun } from './model.ts'
import { inventName } from './names.ts'
import type { StoredRun } from './ports.ts'
import type { RunReader } from './read-runs.ts'
import { unknownRun } from './refusals.ts'
import type { NewTrackedRun } from './service.ts'
import type { ChangeContext } from './write/writer.ts'

const nameTag = 'mlflow.runName'
const mostTags = 100

/** The run as it will be stored. Throws TRACKING_INVALID. */
export interface CheckedRun extends NewTrackedRun {
  readonly id: string
  readonly name: string
  readonly user: string
  readonly tags: Readonly<Record<string, string>>
}

export function checkNewRun(run: NewTrackedRun, user: string): CheckedRun {
  const { id = uuidv7().replaceAll('-', ''), startedAt } = run
  if (!/^[0-9a-f]{32}$/.test(id))
    invalid(`Invalid value "${id}" for parameter 'run_id' supplied: 32 hex digits are wanted`)
  if (startedAt !== undefined && (startedAt < 0n || startedAt >= 1n << 62n))
    invalid(`Invalid value ${startedAt} for parameter 'start_time' supplied: a time since 1970 is wanted`)
  const tagged = run.tags?.[nameTag]
  if (run.name && tagged && run.name !== tagged)
    invalid(
      `Both 'run_name' argument and 'mlflow.runName' tag are specified, but with different values (run_name='${run.name}', mlflow.runName='${tagged}').`,
    )
  const name = run.name || tagged || inventName()
  assertRunName(name)
  const entries = Object.entries({ ...run.tags, [nameTag]: name })
  // A run may be born with more tags than a batch takes.
  const tags: [string, string][] = []
  for (let from = 0; from < entries.length; from += mostTags) {
    const part = entries.slice(from, from + mostTags).map(([key, value]) => ({ key, value }))
    tags.push(...checkBatch({ tags: part }).tags)
  }
  return { ...run, id, name, user: run.user ?? user, tags: Object.fromEntries(tags) }
}

/** Creating the same run again answers the one that is there. */
export async function createRun(
  context: ChangeContext,
  reader: RunReader,
  run: CheckedRun,
): Promise<TrackedRun> {
  const { tracking } = context
  const [known] = await tracking.runs.find([run.id])
  const experiment = await findActive(tracking, run.experiment)
  if (known !== undefined) {
    if (!isSame(known, run)) throw new FettleError('NAME_TAKEN', `A run with id=${run.id} already exists`)
    return completeOne(context, reader, known)
  }
  if (run.forkOf !== undefined && (await tracking.runs.find([run.forkOf.run])).length === 0)
    throw unknownRun(run.forkOf.run)
  const ref = await tracking.runs.insert(newRow(run, experiment, context.now))
  const keys = await tracking.ensureKeys(Object.keys(run.tags))
  await tracking.facts.write(
    'tags',
    Object.entries(run.tags).map(([key, value]) => ({
      ...{ run: ref, key: keys.get(key) ?? 0 },
      ...{ experiment: experiment.id, value },
    })),
  )
  const { pipelineRun = null, trainingSet = null, forkOf = null } = run
  await context.audit({
    ...{ object: runObject(run.id), action: 'experiment-run.started' },
    details: {
      experiment: experiment.name,
      name: run.name,
      pipelineRun,
      trainingSet,
      ...(forkOf && { forkOf: { ...forkOf } }),
    },
  })
  const [stored] = await tracking.runs.find([run.id])
  if (stored === undefined) throw unknownRun(run.id)
  return completeOne(context, reader, stored)
}

async function completeOne(
  { tracking }: ChangeContext,
  reader: RunReader,
  run: StoredRun,
): Promise<TrackedRun> {
  const [complete] = await reader.complete(tracking, [run])
  if (complete === undefined) throw unknownRun(run.id)
  return complete
}

function isSame(known: StoredRun, { experiment, user, startedAt }: CheckedRun): boolean {
  return (
    String(known.experiment) === experiment && known.user === user && known.startedAt === (startedAt ?? null)
  )
}

function newRow(
  run: CheckedRun,
  experiment: { readonly id: number; readonly artifactLocation: string },
  now: bigint,
): Omit<StoredRun, 'ref'> {
  return {
    id: run.id,
    experiment: experiment.id,
    name: run.name,
    user: run.user,
    status: run.status ?? 'running',
    startedAt: run.startedAt ?? null,
    endedAt: null,
    deleted: false,
    deletedWith: false,
    artifactLocation: `${experiment.artifactLocation}/${run.id}/artifacts`,
    parent: run.tags['mlflow.parentRunId'] ?? null,
    forkOf: run.forkOf ?? null,
    pipelineRun: run.pipelineRun ?? null,
    trainingSet: run.trainingSet ?? null,
    cause: null,
    client: null,
    createdAt: now,
    seenAt: now,
    beats: false,
    revision: 1,
  }
}
