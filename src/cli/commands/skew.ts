import { FettleError } from '../../kernel/errors/index.ts'
import type { Command, CommandContext } from '../context.ts'
import { type ExitCode, exitCodes } from '../exit-codes.ts'
import { followRun, runTeller } from '../follow-run.ts'
import { renderSkew } from '../render/skew.ts'

export interface SkewCommandOptions {
  readonly last?: boolean
  readonly minRequests?: string
  readonly share?: string
}

export const run: Command<SkewCommandOptions> = async (context, options, deployment = '') => {
  const client = await context.client()
  if (options.last !== true) {
    const ended = await measure(context, options, deployment)
    if (ended !== undefined) return ended
  }
  const found = await client.api.skewReport({ deployment })
  context.result(found, () => renderSkew(found, context.io.paint))
  return found.report.verdict === 'fail' ? exitCodes.skewed : exitCodes.done
}

/** Runs the pipeline to its end; an exit code when it did not end well. */
async function measure(
  context: CommandContext,
  { minRequests, share }: SkewCommandOptions,
  deployment: string,
): Promise<ExitCode | undefined> {
  const client = await context.client()
  const started = await client.api.startRun({
    body: {
      pipeline: `${deployment}-skew`,
      params: {
        ...(minRequests === undefined ? {} : { minRequests: positive('--min-requests', minRequests) }),
        ...(share === undefined ? {} : { share: positive('--share', share) }),
      },
    },
  })
  const stopped = new AbortController()
  const release = context.onInterrupt(() => stopped.abort())
  const teller = runTeller(context.io)
  try {
    const ended = await followRun({ client, id: started.id, signal: stopped.signal, onChange: teller.tell })
    if (stopped.signal.aborted) return exitCodes.interrupted
    const failure = ended.steps.at(-1)?.attempts.at(-1)?.error
    if (ended.state === 'succeeded') return undefined
    context.io.err(`Run ${ended.id} ${ended.state}${failure ? `: ${failure.message}` : ''}\n`)
    return exitCodes.failed
  } finally {
    teller.end()
    release()
  }
}

function positive(flag: string, text: string): number {
  const value = Number(text)
  if (Number.isFinite(value) && value > 0) return value
  throw new FettleError('USAGE', `${flag} ${text} is not a number above 0`)
}
