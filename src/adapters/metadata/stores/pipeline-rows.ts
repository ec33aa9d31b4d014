import type { Insertable, Kysely, Selectable } from 'kysely'
import type {
  AttemptState,
  ErrorClass,
  RunState,
  StepState,
  StoredAttempt,
  StoredRun,
  StoredStep,
} from '../../../pipelines/index.ts'
import { type MicrosColumn, micros, microsOrNull, type NullableMicrosColumn } from '../columns.ts'
import type { Schema } from '../schema.ts'

export interface RunTable {
  id: string
  pipeline: string
  plan: string
  state: RunState
  created_at: MicrosColumn
  started_at: NullableMicrosColumn
  finished_at: NullableMicrosColumn
  principal: string
  idempotency_key: string | null
  request_hash: string
}

export interface StepTable {
  run: string
  step: string
  position: number
  pipeline: string
  state: StepState
  key: string | null
  key_parts: string | null
  reused_from: string | null
  started_at: NullableMicrosColumn
  finished_at: NullableMicrosColumn
  progress: string | null
  outputs: string
  token: number
  due_at: MicrosColumn
  reuse_checked: number
  opened_after: number
}

export interface AttemptTable {
  run: string
  step: string
  number: number
  state: AttemptState
  token: number
  worker: string
  instance: string | null
  started_at: MicrosColumn
  finished_at: NullableMicrosColumn
  lease_until: MicrosColumn
  error_class: ErrorClass | null
  error: string | null
}

export function runRow(run: StoredRun): Insertable<RunTable> {
  return {
    id: run.id,
    pipeline: run.plan.pipeline,
    plan: JSON.stringify(run.plan),
    state: run.state,
    created_at: run.createdAt,
    started_at: run.startedAt,
    finished_at: run.finishedAt,
    principal: run.principal,
    idempotency_key: run.idempotencyKey,
    request_hash: run.requestHash,
  }
}

export function stepRow(run: StoredRun, step: StoredStep, position: number): Insertable<StepTable> {
  const { progress, keyParts } = step
  return {
    run: run.id,
    step: step.plan.id,
    position,
    pipeline: run.plan.pipeline,
    state: step.state,
    key: step.key,
    key_parts: keyParts === null ? null : JSON.stringify(keyParts),
    reused_from: step.reusedFrom,
    started_at: step.startedAt,
    finished_at: step.finishedAt,
    progress: progress === null ? null : JSON.stringify({ ...progress, at: progress.at.toString() }),
    outputs: JSON.stringify(step.outputs),
    token: step.token,
    due_at: step.dueAt,
    reuse_checked: step.reuseChecked ? 1 : 0,
    opened_after: step.openedAfter,
  }
}

export function attemptRow(run: string, step: string, attempt: StoredAttempt): Insertable<AttemptTable> {
  return {
    run,
    step,
    number: attempt.number,
    state: attempt.state,
    token: attempt.token,
    worker: attempt.worker,
    instance: attempt.instance,
    started_at: attempt.startedAt,
    finished_at: attempt.finishedAt,
    lease_until: attempt.leaseUntil,
    error_class: attempt.errorClass,
    error: attempt.error === null ? null : JSON.stringify(attempt.error),
  }
}

/** Whole runs, in the order of their ids. */
export async function readRuns(db: Kysely<Schema>, ids: readonly string[]): Promise<readonly StoredRun[]> {
  if (ids.length === 0) return []
  const runs = await db.selectFrom('pipeline_runs').selectAll().where('id', 'in', ids).orderBy('id').execute()
  const steps = groupByRun(
    await db.selectFrom('pipeline_steps').selectAll().where('run', 'in', ids).execute(),
  )
  const attempts = groupByRun(
    await db.selectFrom('pipeline_attempts').selectAll().where('run', 'in', ids).orderBy('number').execute(),
  )
  return runs.map(run => readRun(run, steps.get(run.id) ?? [], attempts.get(run.id) ?? []))
}

function groupByRun<Row extends { readonly run: string }>(
  rows: readonly Row[],
): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>()
  for (const row of rows) {
    const group = groups.get(row.run)
    if (group === undefined) groups.set(row.run, [row])
    else group.push(row)
  }
  return groups
}

function readRun(
  row: Selectable<RunTable>,
  steps: readonly Selectable<StepTable>[],
  attempts: readonly Selectable<AttemptTable>[],
): StoredRun {
  const plan = JSON.parse(row.plan) as StoredRun['plan']
  const byName = new Map(steps.map(step => [step.step, step]))
  return {
    id: row.id,
    plan,
    state: row.state,
    createdAt: micros(row.created_at),
    startedAt: microsOrNull(row.started_at),
    finishedAt: microsOrNull(row.finished_at),
    principal: row.principal,
    idempotencyKey: row.idempotency_key,
    requestHash: row.request_hash,
    steps: plan.steps.flatMap(step => {
      const stored = byName.get(step.id)
      return stored === undefined ? [] : [readStep(step, stored, attempts)]
    }),
  }
}

function readStep(
  plan: StoredStep['plan'],
  row: Selectable<StepTable>,
  attempts: readonly Selectable<AttemptTable>[],
): StoredStep {
  const progress = row.progress === null ? null : JSON.parse(row.progress)
  return {
    plan,
    state: row.state,
    key: row.key,
    keyParts: row.key_parts === null ? null : JSON.parse(row.key_parts),
    reusedFrom: row.reused_from,
    startedAt: microsOrNull(row.started_at),
    finishedAt: microsOrNull(row.finished_at),
    progress: progress === null ? null : { ...progress, at: BigInt(progress.at) },
    attempts: attempts.filter(attempt => attempt.step === row.step).map(readAttempt),
    outputs: JSON.parse(row.outputs),
    token: row.token,
    dueAt: micros(row.due_at),
    reuseChecked: row.reuse_checked === 1,
    openedAfter: row.opened_after,
  }
}

function readAttempt(row: Selectable<AttemptTable>): StoredAttempt {
  return {
    number: row.number,
    state: row.state,
    token: row.token,
    worker: row.worker,
    instance: row.instance,
    startedAt: micros(row.started_at),
    finishedAt: microsOrNull(row.finished_at),
    leaseUntil: micros(row.lease_until),
    errorClass: row.error_class,
    error: row.error === null ? null : JSON.parse(row.error),
  }
}
