import { FettleError } from '../../kernel/errors/index.ts'
import { type Command, serverAddress } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { awaitInterruption } from '../interruption.ts'

export interface WorkerOptions {
  readonly slots?: string
  readonly server?: string
}

const usualSlots = 2

export const run: Command<WorkerOptions> = async (context, { slots, server }) => {
  const { url, token } = serverAddress(context.folder, server)
  if (token === undefined)
    throw new FettleError('USAGE', 'a worker needs the token of its server', {
      hint: 'Set FETTLE_TOKEN to the same value where server and workers run.',
    })
  const interruption = awaitInterruption()
  try {
    const { startWorker } = await import('../../platform.ts')
    const worker = await startWorker({
      ...{ folder: context.folder, url, token, slots: slotsOf(slots) },
      onLine: line => context.io.err(`${line}\n`),
    })
    context.result({ url, folder: context.folder, pid: process.pid }, () => `Working for ${url}\n`)
    await interruption.happened
    await worker.stop()
    return exitCodes.done
  } finally {
    interruption.release()
  }
}

function slotsOf(text: string | undefined): number {
  if (text === undefined) return usualSlots
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text)
  throw new FettleError('USAGE', `${text} is not a number of slots`, {
    hint: 'Write a number from 1 to 999.',
  })
}
