import type { Scorer, ScorerRequest } from '../../../evaluation/index.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import { checkBatch, closeable } from '../batch.ts'
import { connectOip, type OipConnection } from './connection.ts'
import { layoutOf, type OipMetadata } from './layout.ts'
import { type OipSettings, readOipSettings } from './settings.ts'
import { decodeScores, encodeInfer, type Layout } from './tensors.ts'

const openMillis = 10_000
/** Where the caller names no deadline: work that nobody waits for by the second. */
const scoreMillis = 30_000
const sockets = 64

/**
 * A model that another server of the Open Inference Protocol scores (Triton, KServe, MLServer): its metadata must fit when
 * it is opened, rows go in raw bytes where it takes them, inputs are rounded to float32. `build` is the server, the model and
 * its version, so that another version there is another build here. MODEL_UNREADABLE where it cannot be reached or has no such
 * model, SIGNATURE_MISMATCH where it takes other inputs.
 */
export async function openOip(request: ScorerRequest): Promise<Scorer> {
  if (request.format !== 'oip')
    throw new FettleError('MODEL_UNREADABLE', `A model of format ${request.format} has no oip.json`)
  const settings = await readOipSettings(request.folder)
  const connection = connectOip(settings.url, sockets)
  try {
    const { layout, build } = await describe(connection, settings, request)
    return closeable({
      kind: 'oip',
      build,
      score: (vectors, rows, call) =>
        infer({ connection, settings, layout }, { vectors, rows, inputs: request.inputs, ...call }),
      close: async () => connection.close(),
    })
  } catch (error) {
    connection.close()
    throw error
  }
}

const modelPath = ({ name, version }: OipSettings): string =>
  `/v2/models/${encodeURIComponent(name)}${version === undefined ? '' : `/versions/${encodeURIComponent(version)}`}`

async function describe(
  connection: OipConnection,
  settings: OipSettings,
  request: ScorerRequest,
): Promise<{ readonly layout: Layout; readonly build: string }> {
  const server = await described<{ name?: string; version?: string; extensions?: string[] }>(
    connection,
    '/v2',
  )
  const metadata = await described<OipMetadata>(connection, modelPath(settings))
  const version = settings.version ?? metadata.versions?.at(-1) ?? 'unversioned'
  return {
    layout: layoutOf(metadata, { extensions: server.extensions ?? [], settings, ...request }),
    build: `${server.name ?? 'oip'} ${server.version ?? '0'} ${settings.name} ${version}`,
  }
}

async function described<Description>(connection: OipConnection, path: string): Promise<Description> {
  try {
    const { status, body } = await connection.call(path, { timeoutMillis: openMillis })
    if (status === 200) return JSON.parse(body.toString()) as Description
    throw new Error(`${status} to GET ${path}`)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new FettleError('MODEL_UNREADABLE', `The other server does not describe the model: ${why}`, {
      cause,
    })
  }
}

interface Batch {
  readonly vectors: Float64Array
  readonly rows: number
  readonly inputs: number
  readonly timeoutMillis?: number
}

async function infer(
  { connection, settings, layout }: { connection: OipConnection; settings: OipSettings; layout: Layout },
  { vectors, rows, inputs, timeoutMillis = scoreMillis }: Batch,
): Promise<Float64Array> {
  checkBatch(vectors, rows, inputs)
  if (rows === 0) return new Float64Array(0)
  const { body, headers } = encodeInfer(layout, { vectors, rows, timeoutMillis })
  const reply = await connection.call(`${modelPath(settings)}/infer`, {
    ...{ method: 'POST', body, timeoutMillis },
    headers: { ...headers, 'fettle-timeout-ms': String(Math.max(1, Math.floor(timeoutMillis))) },
  })
  if (reply.status === 200) return decodeScores(reply, layout, rows)
  const said = reply.body.toString('utf8', 0, 300).replace(/\s+/g, ' ')
  throw new FettleError('SCORER_FAILED', `the other server answers ${reply.status}: ${said}`, {
    details: { status: reply.status },
  })
}
