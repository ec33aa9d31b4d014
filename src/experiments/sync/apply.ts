import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import { checkNewRun, createRun } from '../tracking/create-run.ts'
import { ensureExperiment } from '../tracking/experiments.ts'
import { findActiveRun } from '../tracking/find-run.ts'
import { addInputs } from '../tracking/inputs.ts'
import { assertDatasets, assertExperimentName, checkBatch, invalid } from '../tracking/limits.ts'
import { assertOwnRun } from '../tracking/own-runs.ts'
import type { RunReader } from '../tracking/read-runs.ts'
import { updateRun } from '../tracking/update-run.ts'
import type { LogRequest } from '../tracking/write/log-group.ts'
import type { ChangeContext } from '../tracking/write/writer.ts'
import type { Operation } from './model.ts'

/** An operation that was read, or why it is refused. */
export type ReadOperation = Operation | FettleError

export interface Applying {
  readonly reader: RunReader
  /** The server's clock less the client's: told on runs that begin with more than a second of it. */
  readonly skew: Micros
}

const second = 1_000_000n
const skewTag = 'fettle.clock.skew'

/** Does operations in their order; batches that follow each other share statements. Answers why each is refused. */
export async function applyOperations(
  context: ChangeContext,
  operations: readonly ReadOperation[],
  applying: Applying,
): Promise<readonly (FettleError | undefined)[]> {
  const refusals: (FettleError | undefined)[] = []
  let logs: LogRequest[] = []
  const flush = async () => {
    if (logs.length > 0) refusals.push(...(await context.log(logs)))
    logs = []
  }
  for (const operation of operations) {
    const prepared = prepare(operation, context)
    if ('batch' in prepared) {
      logs.push(prepared)
      continue
    }
    await flush()
    refusals.push(
      prepared instanceof FettleError ? prepared : await refusalOf(apply(context, prepared, applying)),
    )
  }
  await flush()
  return refusals
}

type Single = Exclude<Operation, { readonly kind: 'log' }>

/** A batch is checked here, so that a bad one does not part those beside it. */
function prepare(operation: ReadOperation, { principal }: ChangeContext): LogRequest | Single | FettleError {
  if (operation instanceof FettleError || operation.kind !== 'log') return operation
  try {
    return { run: operation.run, batch: checkBatch(operation.batch), principal }
  } catch (error) {
    if (error instanceof FettleError) return error
    throw error
  }
}

async function apply(context: ChangeContext, operation: Single, applying: Applying): Promise<void> {
  const { tracking, principal } = context
  switch (operation.kind) {
    case 'run':
      return begin(context, operation, applying)
    case 'inputs':
      assertDatasets(operation.datasets)
      return addInputs(context, operation.run, { datasets: operation.datasets, models: [] })
    case 'status': {
      const run = await findActiveRun(tracking, operation.run)
      assertOwnRun(principal, run)
      const { status, at } = operation
      return updateRun(context, run, { status, ...(status === 'running' ? {} : { endedAt: at }) })
    }
    case 'file':
      await findActiveRun(tracking, operation.run)
  }
}

async function begin(
  context: ChangeContext,
  { kind: _, run: id, experiment: name, forkOf, tags: given, ...run }: Operation & { kind: 'run' },
  { reader, skew }: Applying,
): Promise<void> {
  assertExperimentName(name)
  if (forkOf?.run === id) invalid('forkOf.run: a run is no fork of itself')
  const isSkewed = skew > second || skew < -second
  const tags = isSkewed ? { ...given, [skewTag]: `${skew / second} s` } : given
  const checked = checkNewRun(
    { id, experiment: '', ...run, tags, ...(forkOf && { forkOf }) },
    context.principal.name,
  )
  const experiment = await ensureExperiment(context, name)
  await createRun(context, reader, { ...checked, experiment: experiment.id })
}

/** What is refused must have written nothing; an experiment that was made for a refused run stays. */
async function refusalOf(work: Promise<void>): Promise<FettleError | undefined> {
  try {
    await work
    return undefined
  } catch (error) {
    if (error instanceof FettleError && error.status < 500) return error
    throw error
  }
}
