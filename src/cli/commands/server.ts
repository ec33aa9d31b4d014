import type { Command } from '../context.ts'
import { exitCodes } from '../exit-codes.ts'
import { awaitInterruption } from '../interruption.ts'
import { portOf } from '../port.ts'

export interface ServerOptions {
  readonly port?: string
  readonly host?: string
  readonly testReset?: boolean
}

export const run: Command<ServerOptions> = async (context, { port, host, testReset }) => {
  const interruption = awaitInterruption()
  try {
    const { startServer } = await import('../../platform.ts')
    const server = await startServer({
      folder: context.folder,
      ...(port === undefined ? {} : { port: portOf(port) }),
      ...(host === undefined ? {} : { host }),
      ...(testReset === undefined ? {} : { testReset }),
    })
    const { url } = server
    context.result({ url, folder: context.folder, pid: process.pid }, () => `Fettle serves ${url}\n`)
    await interruption.happened
    await server.stop()
    return exitCodes.done
  } finally {
    interruption.release()
  }
}
