import { FettleError } from '../../kernel/errors/index.ts'
import { type Command, readServerFile } from '../context.ts'
import { countOf } from '../count.ts'
import { exitCodes } from '../exit-codes.ts'
import { awaitInterruption } from '../interruption.ts'
import { portOf } from '../port.ts'
import { formatElapsed } from '../render/text.ts'

export interface DevOptions {
  readonly port?: string
  readonly dataPort?: string
  readonly host?: string
  readonly fronts?: string
}

export const run: Command<DevOptions> = async (context, options) => {
  const startedAt = context.io.now()
  const where = {
    ...(options.port === undefined ? {} : { port: portOf(options.port) }),
    ...(options.dataPort === undefined ? {} : { dataPort: portOf(options.dataPort) }),
    ...(options.host === undefined ? {} : { host: options.host }),
    ...(options.fronts === undefined ? {} : { fronts: countOf('--fronts', options.fronts, 128) }),
  }
  const interruption = awaitInterruption()
  try {
    const { startDev } = await import('../../platform.ts')
    const dev = await startDev({ folder: context.folder, ...where }).catch(inUse(context.folder))
    context.result({ url: dev.url, dataUrl: dev.dataUrl, folder: context.folder, pid: process.pid }, () =>
      readyText({ ...dev, folder: context.folder, tookMs: context.io.now() - startedAt }),
    )
    await interruption.happened
    context.io.err('Stopping …\n')
    await dev.stop()
    return exitCodes.done
  } finally {
    interruption.release()
  }
}

/** Says where the one that runs already answers. */
function inUse(folder: string): (error: unknown) => never {
  return error => {
    const running = readServerFile(folder)
    if (!(error instanceof FettleError) || error.code !== 'FOLDER_IN_USE' || running === undefined)
      throw error
    throw new FettleError(error.code, error.message, {
      hint: `Fettle runs there already: ${running.url}. Use it, or stop it first.`,
      details: error.details,
    })
  }
}

interface Ready {
  readonly url: string
  readonly dataUrl: string | null
  readonly folder: string
  readonly tookMs: number
}

function readyText({ url, dataUrl, folder, tookMs }: Ready): string {
  return [
    `Fettle is ready in ${formatElapsed(tookMs)}`,
    `  Web pages and API  ${url}`,
    ...(dataUrl === null ? [] : [`  Predictions        ${dataUrl}`]),
    `  Project            ${folder}`,
    'Next, in another terminal: fettle apply',
    'Ctrl-C stops everything in order.\n',
  ].join('\n')
}
