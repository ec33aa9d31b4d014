import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import type { FettleClient } from '../client/index.ts'
import { FettleError } from '../kernel/errors/index.ts'
import { isAlive } from '../kernel/is-alive.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Io } from './io.ts'

/** Options that every command takes. */
export interface CommonOptions {
  readonly json?: boolean
  readonly folder?: string
  readonly server?: string
}

export interface CommandContext {
  readonly io: Io
  readonly json: boolean
  /** The project folder, absolute. */
  readonly folder: string
  /** Client of the running server, with a deadline of its own for long calls, in the name of somebody. Throws SERVER_UNREACHABLE when none is known. */
  client(options?: { readonly deadlineMs?: number; readonly principal?: string }): Promise<FettleClient>
  /** Address of the running server, and the token for it. Throws SERVER_UNREACHABLE when none is known. */
  server(): { readonly url: string; readonly token?: string }
  /** One JSON value on standard output with --json, else the text. */
  result(value: unknown, text: () => string): void
  /** Calls back on Ctrl-C instead of ending the process; returns the way to stop that. */
  onInterrupt(handler: () => void): () => void
}

export type Command<Options = object> = (
  context: CommandContext,
  options: Options,
  ...args: string[]
) => Promise<ExitCode>

export function createContext(io: Io, options: CommonOptions): CommandContext {
  const folder = options.folder === undefined ? findProject(process.cwd()) : resolve(options.folder)
  return {
    io,
    json: options.json === true,
    folder,
    async client(settings) {
      const { connect } = await import('../client/index.ts')
      const { url, token } = serverAddress(folder, options.server)
      return connect({ url, ...(token === undefined ? {} : { token }), ...settings })
    },
    server: () => serverAddress(folder, options.server),
    result(value, text) {
      io.out(options.json === true ? `${JSON.stringify(value)}\n` : text())
    },
    onInterrupt(handler) {
      process.on('SIGINT', handler)
      return () => process.off('SIGINT', handler)
    },
  }
}

/** The nearest folder upwards that holds a fettle.json, else the folder itself. */
function findProject(from: string): string {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, 'fettle.json'))) return folder
    if (dirname(folder) === folder) return resolve(from)
  }
}

export interface ServerFile {
  readonly pid: number
  readonly url: string
  readonly dataUrl?: string | null
  readonly token?: string
}

/** `.fettle/server.json` of a project, written by the server that runs there. */
export function readServerFile(folder: string): ServerFile | undefined {
  try {
    const file = JSON.parse(readFileSync(join(folder, '.fettle', 'server.json'), 'utf8')) as ServerFile
    return typeof file.url === 'string' && typeof file.pid === 'number' ? file : undefined
  } catch {
    return undefined
  }
}

/** The server that was named, else the one that runs in the project. Throws SERVER_UNREACHABLE, USAGE. */
export function serverAddress(
  folder: string,
  given: string | undefined,
): { readonly url: string; readonly token?: string } {
  const token = process.env['FETTLE_TOKEN']
  const url = given ?? process.env['FETTLE_URL']
  if (url !== undefined) {
    if (!URL.canParse(url))
      throw new FettleError('USAGE', `--server ${url} is not an address`, {
        hint: 'Write it as http://host:port.',
      })
    return { url, ...(token === undefined ? {} : { token }) }
  }
  const file = readServerFile(folder)
  if (file === undefined) {
    const isProject = existsSync(join(folder, 'fettle.json'))
    throw new FettleError(
      'SERVER_UNREACHABLE',
      `no server runs in ${folder}${isProject ? '' : ', which is no project: it has no fettle.json'}`,
      isProject
        ? { hint: 'Start one in another terminal: fettle dev. Or name its address with --server.' }
        : { hint: 'Go to the project, or name it with --folder, or the server with --server.' },
    )
  }
  if (!isAlive(file.pid)) {
    throw new FettleError(
      'SERVER_UNREACHABLE',
      `the server of ${folder} has stopped (process ${file.pid} is gone)`,
      {
        hint: 'Start it again with fettle dev; finished work is kept.',
      },
    )
  }
  return { url: file.url, ...(file.token === undefined ? {} : { token: file.token }) }
}
