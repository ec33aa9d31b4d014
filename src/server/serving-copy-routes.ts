import type { FastifyPluginAsync } from 'fastify'
import { contentHash } from '../kernel/canonical.ts'
import { FettleError } from '../kernel/errors/index.ts'

/** What hosts that serve elsewhere keep a copy of. */
export interface ServingCopy {
  /** Texts of the files beside the releases, by name; null where there is none. */
  files(): Promise<Readonly<Record<string, string | null>>>
  /** A file of a release, undefined where there is none of that path. */
  releaseFile(hash: string, path: string): Promise<Uint8Array | undefined>
}

/**
 * GET /copy: pointers and what fronts know of the definitions, with a revision that `?known=` compares;
 * GET /releases/{hash}/{path}: one file. To be mounted where the server's token is required.
 */
export function servingCopyRoutes(copy: ServingCopy): FastifyPluginAsync {
  return async app => {
    app.get<{ Querystring: { known?: string } }>('/copy', async request => {
      const files = await copy.files()
      const revision = contentHash(files)
      return revision === request.query.known ? { revision } : { revision, files }
    })
    app.get<{ Params: { hash: string; '*': string } }>('/releases/:hash/*', async (request, reply) => {
      const { hash, '*': path } = request.params
      const bytes = await copy.releaseFile(hash, path)
      if (!bytes) throw new FettleError('RELEASE_UNKNOWN', `there is no file ${path} of release ${hash}`)
      return reply.type('application/octet-stream').send(Buffer.from(bytes))
    })
  }
}
