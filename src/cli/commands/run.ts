import type { Run } from '../../api/pipelines.ts'
import type { FettleClient } from '../../client/index.ts'
import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import { parseAssignments } from '../assignments.ts'
import type { Command, CommandContext } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { followRun, isEnded, runTeller } from '../follow-run.ts'
import { nextSteps } from '../next-steps.ts'
import { runSummaryLine } from '../render/run.ts'
import { table } from '../render/text.ts'
import { suggesting } from '../suggest.ts'

export interface RunOptions {
  readonly param?: readonly string[]
  readonly reuse?: 'lineage' | 'unchanged' | 'never'
  readonly idempotencyKey?: string
  readonly detach?: boolean
}

export const run: Command<RunOptions> = async (context, options, pipeline) => {
  const client = await context.client()
  if (pipeline === undefined) return listPipelines(context, client)
  const started = await start(client, pipeline, options)
  if (options.detach === true) {
    context.result(started, () => `${started.id}\n`)
    return exitCodes.done
  }
  return follow(context, client, started)
}

function start(
  client: FettleClient,
  pipeline: string,
  { param, reuse, idempotencyKey }: RunOptions,
): Promise<Run> {
  const body = {
    pipeline,
    ...(param === undefined ? {} : { params: parseAssignments(param) }),
    ...(reuse === undefined ? {} : { reuse }),
    ...(idempotencyKey === undefined ? {} : { idempotencyKey }),
  }
  return suggesting(client.api.startRun({ body }), {
    code: 'PIPELINE_UNKNOWN',
    name: pipeline,
    names: async () => (await client.api.pipelines()).items.map(({ name }) => name),
    noun: 'pipelines',
    command: name => `fettle run ${name}`,
  })
}

async function listPipelines(context: CommandContext, client: FettleClient): Promise<ExitCode> {
  const { items } = await client.api.pipelines()
  context.result({ items }, () =>
    items.length === 0
      ? 'No pipelines yet: they come with the models of an applied project.\n'
      : `${table(
          ['pipeline', 'title', 'steps', 'last run', 'by itself'],
          items.map(({ name, title, steps, lastRun, schedule, nextAt }) => [
            name,
            title,
            String(steps.length),
            lastRun === null ? 'never' : `${lastRun.state} ${lastRun.id}`,
            schedule === null ? '–' : `${schedule}, next ${nextAt?.slice(0, 16).replace('T', ' ') ?? ''} UTC`,
          ]),
        )}Start one: fettle run PIPELINE\n`,
  )
  return exitCodes.done
}

/** Follows a run to its end. Ctrl-C stops following, a second one within two seconds cancels the run. */
export async function follow(context: CommandContext, client: FettleClient, started: Run): Promise<ExitCode> {
  const { io } = context
  const stopped = new AbortController()
  const wantsCancel = { yes: false }
  const release = context.onInterrupt(() => stopped.abort())
  const teller = runTeller(io)
  io.err(`Run ${started.id} of ${started.pipeline}\n`)
  try {
    const run = await followRun({ client, id: started.id, signal: stopped.signal, onChange: teller.tell })
    teller.end()
    release()
    if (!isEnded(run)) return await detach(context, { client, run, wantsCancel })
    io.err(`${runSummaryLine(run, io.now())}\n`)
    for (const step of run.steps) tellFailure(context, { run, step })
    if (run.state === 'succeeded' && !context.json) io.err(await nextSteps(client, run.pipeline))
    context.result(run, () => '')
    return run.state === 'succeeded' ? exitCodes.done : exitCodes.failed
  } catch (error) {
    if (!isFettleError(error, 'SERVER_UNREACHABLE')) throw error
    throw new FettleError('SERVER_UNREACHABLE', error.message, {
      hint: `The run goes on when the server is back: fettle runs ${started.id} --follow`,
      cause: error,
    })
  } finally {
    teller.end()
    release()
  }
}

interface Detached {
  readonly client: FettleClient
  readonly run: Run
  readonly wantsCancel: { yes: boolean }
}

async function detach(context: CommandContext, { client, run, wantsCancel }: Detached): Promise<ExitCode> {
  const { io } = context
  io.err('No longer following; the run goes on. Press Ctrl-C again within 2 s to cancel it.\n')
  const again = new AbortController()
  const release = context.onInterrupt(() => {
    wantsCancel.yes = true
    again.abort()
  })
  const { sleep } = await import('../follow-run.ts')
  await sleep(2000, again.signal)
  release()
  if (wantsCancel.yes) {
    await client.api.cancelRun({ id: run.id })
    io.err(`Cancelling ${run.id}; finished steps are kept. Resume it: fettle resume ${run.id}\n`)
  } else io.err(`Follow it again: fettle runs ${run.id} --follow\n`)
  return exitCodes.interrupted
}

function tellFailure({ io }: CommandContext, { run, step }: { run: Run; step: Run['steps'][number] }): void {
  const error = step.attempts.at(-1)?.error
  if (step.state !== 'failed' || error === undefined || error === null) return
  io.err(
    `${step.id} failed with ${error.code}: ${error.message}\n${error.hint}\nIts log: fettle logs ${run.id} ${step.id}\n`,
  )
}
