import type { FastifyPluginAsync, FastifyRequest } from 'fastify'
import { z } from 'zod'
import type { ArtifactService } from '../experiments/index.ts'
import type { Principal } from '../governance/index.ts'
import { badRequest } from './errors.ts'

export interface UploadOptions {
  readonly artifacts: Pick<ArtifactService, 'put'>
  /** Throws UNAUTHENTICATED, FORBIDDEN. */
  principalOf(request: FastifyRequest): Principal
}

const query = z.object({
  path: z.string(),
  /** Of the bytes, `sha256:` and hex. */
  hash: z.string().regex(/^sha256:[0-9a-f]{64}$/),
})

/** `PUT /runs/:run/files?path=…&hash=…`: the bytes of a spooled file, whole, streamed to the store. */
export function syncUploads({ artifacts, principalOf }: UploadOptions): FastifyPluginAsync {
  return async app => {
    app.addContentTypeParser('application/octet-stream', (_request, payload, done) => done(null, payload))
    app.put('/runs/:run/files', { onRequest: async request => void principalOf(request) }, async request => {
      const asked = query.safeParse(request.query)
      if (!asked.success) throw badRequest('query', asked.error.issues)
      const { path, hash } = asked.data
      const { run } = request.params as { readonly run: string }
      const length = request.headers['content-length']
      const expect = { hash, ...(length === undefined ? {} : { bytes: Number(length) }) }
      const file = await artifacts.put(
        { owner: { kind: 'run', id: run }, path, bytes: request.raw, expect },
        principalOf(request),
      )
      return { path: file.path, hash: file.hash, bytes: file.bytes }
    })
  }
}
