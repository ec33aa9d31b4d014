import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { contentTypeOf } from '../../api/mlflow/content-types.ts'
import { type Fields, type MessageOf, optional, required, text } from '../../api/mlflow/fields.ts'
import { readQuery } from '../../api/mlflow/read-message.ts'
import { addressesOf, artifactBases, specialRoutes } from '../../api/mlflow/routes.ts'
import type { ArtifactOwner, StoredArtifact } from '../../experiments/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { sendFile } from '../send-file.ts'
import { artifactPathOf } from './artifact-paths.ts'
import { byPath, fileToWire } from './handlers/artifact-lists.ts'
import { versionOf } from './map/registry.ts'
import { callerOf, type DialectOptions } from './options.ts'

/** Files of runs and logged models, streamed through this server both ways. */
export function addArtifactRoutes(app: FastifyInstance, options: DialectOptions): void {
  app.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
  app.addHook('onRequest', async request => void callerOf(request, options))
  for (const base of artifactBases) addProxy(app, base, options)
  addDownloads(app, options)
  addPageUpload(app, options)
}

function addProxy(app: FastifyInstance, base: string, options: DialectOptions): void {
  const { artifacts } = options.tracking
  const placeOf = (request: FastifyRequest) =>
    artifacts.resolve(artifactPathOf(request.raw.url ?? '', `${base}/artifacts/`))

  app.get(`${base}/artifacts`, async request => {
    const { path = '' } = asked(request, { path: optional(text) })
    const { owner, path: below } = await artifacts.resolve(path)
    const entries = (await artifacts.list(owner, below)) ?? []
    return entries.length === 0
      ? {}
      : { files: byPath(entries).map(entry => fileToWire({ ...entry, path: nameOf(entry.path) })) }
  })
  app.get(`${base}/artifacts/*`, async (request, reply) => {
    const { owner, path } = await placeOf(request)
    return sendStored({ request, reply, options }, await artifacts.find(owner, path))
  })
  app.put(`${base}/artifacts/*`, async request => {
    const { owner, path } = await placeOf(request)
    await receive(request, { owner, path }, options)
    return {}
  })
  app.delete(`${base}/artifacts/*`, async request => {
    const { owner, path } = await placeOf(request)
    if (owner.kind === 'path' && !path.includes('/')) throw notDeleted()
    await artifacts.remove(owner, path, callerOf(request, options))
    return {}
  })
  app.delete(`${base}/artifacts`, async () => {
    throw notDeleted()
  })
  for (const step of ['create', 'complete', 'abort']) {
    app.post(`${base}/mpu/${step}/*`, async () => {
      throw unsupported(
        'Multipart upload is not supported for the current artifact repository: send the file whole',
      )
    })
  }
  app.get(`${base}/presigned/*`, async () => {
    throw unsupported('Presigned downloads are not supported by this server: get the file through it')
  })
}

function notDeleted(): FettleError {
  return new FettleError(
    'ARTIFACT_PATH_INVALID',
    'the root and whole experiments are not deleted as artifacts',
  )
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function unsupported(message: string): FettleError {
  return new FettleError('NOT_SUPPORTED', message)
}

interface Place {
  readonly owner: ArtifactOwner
  readonly path: string
}

/** The body as a file; the length and the hash the request announces must be its own. */
async function receive(
  request: FastifyRequest,
  { owner, path }: Place,
  options: DialectOptions,
): Promise<void> {
  const length = request.headers['content-length']
  const hash = announcedHash(request.headers['content-digest'])
  const expect = {
    ...(length === undefined ? {} : { bytes: Number(length) }),
    ...(hash === undefined ? {} : { hash }),
  }
  await options.tracking.artifacts.put(
    { owner, path, bytes: request.raw, expect },
    callerOf(request, options),
  )
}

/** `Content-Digest` of RFC 9530, where it is SHA-256. */
function announcedHash(header: string | string[] | undefined): string | undefined {
  const encoded = /(?:^|[\s,])sha-256=:([A-Za-z0-9+/=]+):/.exec(String(header ?? ''))?.[1]
  return encoded === undefined ? undefined : `sha256:${Buffer.from(encoded, 'base64').toString('hex')}`
}

interface Download {
  readonly request: FastifyRequest
  readonly reply: FastifyReply
  readonly options: DialectOptions
}

function sendStored({ request, reply, options }: Download, file: StoredArtifact): FastifyReply {
  const name = nameOf(file.path)
  reply
    .type(contentTypeOf(name))
    .header('cache-control', 'private, no-cache')
    .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; sandbox")
  return sendFile(request, reply, {
    hash: file.hash.replace(/^sha256:/, ''),
    bytes: file.bytes,
    name,
    read: range => options.tracking.artifacts.read(file, range),
  })
}

function asked<F extends Fields>(request: FastifyRequest, fields: F): MessageOf<F> {
  const path = request.params as Readonly<Record<string, string>>
  const query = request.query as Readonly<Record<string, string | string[]>>
  return readQuery(fields, { ...query, ...path })
}

const runFile = { run_id: required(text, 'run_uuid'), path: required(text) } as const
const versionFile = { name: required(text), version: required(text), path: required(text) } as const
const modelFile = { model_id: required(text), artifact_file_path: required(text) } as const

/** Downloads that pages link to. */
function addDownloads(app: FastifyInstance, options: DialectOptions): void {
  const { tracking, records } = options
  const { artifacts } = tracking
  app.get('/get-artifact', async (request, reply) => {
    const { run_id: id, path } = asked(request, runFile)
    await tracking.runs.head(id)
    return sendStored({ request, reply, options }, await artifacts.find({ kind: 'run', id }, path))
  })
  app.get('/model-versions/get-artifact', async (request, reply) => {
    const { name, version, path } = asked(request, versionFile)
    const record = await records.versions.get({ model: name, version: versionOf(version) })
    const own = record.files.find(file => file.path === path)
    if (own !== undefined) return sendStored({ request, reply, options }, { ...own, at: record.createdAt })
    const place = await artifacts.resolve(record.location)
    const below = place.path === '' ? path : `${place.path}/${path}`
    return sendStored({ request, reply, options }, await artifacts.find(place.owner, below))
  })
  for (const url of addressesOf(specialRoutes.loggedModelFile)) {
    app.get(url, async (request, reply) => {
      const { model_id: id, artifact_file_path: path } = asked(request, modelFile)
      await tracking.loggedModels.get(id)
      return sendStored({ request, reply, options }, await artifacts.find({ kind: 'loggedModel', id }, path))
    })
  }
}

/** Nothing is required: pages look for other sentences than clients. */
const pageFile = { run_uuid: optional(text), run_id: optional(text), path: optional(text) } as const

/** What a page uploads into a run. */
function addPageUpload(app: FastifyInstance, options: DialectOptions): void {
  for (const url of addressesOf(specialRoutes.uploadArtifact)) {
    app.post(url, async request => {
      const { run_uuid, run_id: id = run_uuid ?? '', path = '' } = asked(request, pageFile)
      if (id === '') throw new FettleError('BAD_REQUEST', 'Request must specify run_uuid.')
      if (path === '') throw new FettleError('BAD_REQUEST', 'Request must specify path.')
      await options.tracking.runs.head(id)
      await receive(request, { owner: { kind: 'run', id }, path }, options)
      return {}
    })
  }
}
