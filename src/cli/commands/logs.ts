import type { LogPage, Run } from '../../api/pipelines.ts'
import type { FettleClient } from '../../client/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { nearest } from '../../kernel/nearest.ts'
import type { Command, CommandContext } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { isEnded, sleep } from '../follow-run.ts'
import { renderLog } from '../render/log.ts'
import { runId } from '../run-id.ts'

export const run: Command<{ readonly follow?: boolean }> = async (
  context,
  { follow },
  run = 'latest',
  step,
) => {
  const client = await context.client()
  const found = await client.api.run({ id: await runId(client, run) })
  const steps =
    step === undefined
      ? found.steps.filter(({ attempts }) => attempts.length > 0).map(({ id }) => id)
      : [knownStep(found, step)]
  const reader = { context, client, run: found.id, prefixed: step === undefined }
  if (follow === true) return followLogs(reader, step)
  const shown: (LogPage['lines'][number] & { readonly step: string })[] = []
  for (const id of steps)
    await readOn({ ...reader, step: id, from: 0 }, lines =>
      shown.push(...lines.map(line => ({ ...line, step: id }))),
    )
  if (context.json) context.result({ run: found.id, lines: shown }, () => '')
  else if (shown.length === 0) context.io.err(`${nothingLogged(found)}\n`)
  return exitCodes.done
}

/** Why a log is empty: a reused step did not run again. */
function nothingLogged({ id, steps }: Run): string {
  const [reused] = steps.flatMap(({ reusedFrom }) => reusedFrom ?? [])
  return reused === undefined
    ? `Run ${id} has logged nothing yet.`
    : `Run ${id} logged nothing: its steps were reused. The log of the run that did them: fettle logs ${reused}`
}

function knownStep(run: Run, step: string): string {
  const ids = run.steps.map(({ id }) => id)
  if (ids.includes(step)) return step
  const meant = nearest(step, ids)
  throw new FettleError('STEP_UNKNOWN', `run ${run.id} has no step ${step}`, {
    hint: meant === undefined ? `Its steps are ${ids.join(', ')}.` : `Did you mean ${meant}?`,
  })
}

interface Reader {
  readonly context: CommandContext
  readonly client: FettleClient
  readonly run: string
  readonly prefixed: boolean
}

type Lines = LogPage['lines']

/** Reads a step's log on from a byte offset to what there is now; returns where it stopped. */
async function readOn(
  { context, client, run, prefixed, step, from }: Reader & { step: string; from: number },
  onLines?: (lines: Lines) => void,
): Promise<LogPage> {
  let offset = from
  for (;;) {
    const page = await client.api.stepLog({ id: run, step, offset })
    if (!context.json) context.io.out(renderLog(page.lines, prefixed ? step : undefined))
    onLines?.(page.lines)
    if (page.next === offset || page.lines.length === 0) return page
    offset = page.next
  }
}

async function followLogs(reader: Reader, only: string | undefined) {
  const stopped = new AbortController()
  const release = reader.context.onInterrupt(() => stopped.abort())
  const offsets = new Map<string, number>()
  const { client, context } = reader
  for (;;) {
    const run = await client.api.run({ id: reader.run })
    for (const step of run.steps) {
      if (step.attempts.length === 0 || (only !== undefined && step.id !== only)) continue
      const page = await readOn({ ...reader, step: step.id, from: offsets.get(step.id) ?? 0 }, lines => {
        if (context.json)
          for (const line of lines) context.io.out(`${JSON.stringify({ ...line, step: step.id })}\n`)
      })
      offsets.set(step.id, page.next)
    }
    if (isEnded(run) || stopped.signal.aborted) break
    await sleep(500, stopped.signal)
  }
  release()
  return stopped.signal.aborted ? exitCodes.interrupted : exitCodes.done
}
