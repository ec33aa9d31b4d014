import { rmSync } from 'node:fs'
import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { FastifyInstance } from 'fastify'
import { FettleError } from '../kernel/errors/index.ts'
import { isLoopback } from '../server/access.ts'
import type { Folders } from './folders.ts'
import type { Home, HomeOptions } from './home.ts'
import { embeddedMetadata } from './provider-names.ts'

/** A home that does not listen yet. */
export interface BuiltHome {
  readonly server: FastifyInstance
  close(): Promise<void>
}

const resetPath = '/fettle/test/reset'

/**
 * For suites of tests: a home on a store of its own, which `POST /fettle/test/reset` from this machine changes for an
 * empty one. The project's own store is never touched. Throws USAGE where the metadata is not a file of the project.
 */
export async function openResettableHome(
  parts: HomeOptions,
  build: (parts: HomeOptions) => Promise<BuiltHome>,
): Promise<Home> {
  if (!embeddedMetadata(parts.project.providers))
    throw new FettleError('USAGE', 'a store on Postgres cannot be emptied by --test-reset', {
      hint: 'Use a project whose metadata is sqlite.',
    })
  let generation = 0
  const open = async (): Promise<BuiltHome> => {
    const folders = generationFolders(parts.folders, ++generation)
    remove(folders.metadata)
    const built = await build({ ...parts, folders })
    await built.server.ready()
    const close = async (): Promise<void> => {
      await built.close()
      remove(folders.metadata)
    }
    return { server: built.server, close }
  }
  let current = await open()
  const closing = new Set<Promise<void>>()
  const reset = async (): Promise<void> => {
    const former = current
    current = await open()
    const closed = former
      .close()
      .catch(parts.onFault)
      .finally(() => closing.delete(closed))
    closing.add(closed)
  }
  let last: Promise<void> = Promise.resolve()
  const server = createServer((request, response) => {
    if (request.url !== resetPath || request.method !== 'POST') {
      current.server.routing(request, response)
      return
    }
    request.resume()
    if (!isLoopback(request.socket.remoteAddress ?? '')) {
      answer(response, 403, {
        error_code: 'PERMISSION_DENIED',
        message: 'only this machine may empty the store',
      })
      return
    }
    last = last.then(reset).then(
      () => answer(response, 200, { artifact_root: 'mlflow-artifacts:/' }),
      error => {
        parts.onFault(error)
        answer(response, 500, { error_code: 'INTERNAL_ERROR', message: 'the store could not be emptied' })
      },
    )
  })
  const url = await listen(server, parts.options)
  return {
    url,
    async close() {
      server.closeAllConnections()
      await new Promise(resolve => server.close(resolve))
      await last
      await Promise.all([current.close(), ...closing])
    },
  }
}

function generationFolders(folders: Folders, generation: number): Folders {
  return { ...folders, metadata: join(folders.root, `test-${generation}.sqlite`) }
}

function remove(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true })
}

function answer(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** Throws PORT_IN_USE. */
function listen(server: Server, { host = '127.0.0.1', port = 0 }: HomeOptions['options']): Promise<string> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        cause.code === 'EADDRINUSE'
          ? new FettleError('PORT_IN_USE', `port ${port} on ${host} is taken`, { cause })
          : cause,
      ),
    )
    server.listen(port, host, () => resolve(`http://${host}:${(server.address() as AddressInfo).port}`))
  })
}
