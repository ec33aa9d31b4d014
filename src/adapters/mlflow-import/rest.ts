import { Readable } from 'node:stream'
import type { ReadableStream } from 'node:stream/web'
import { FettleError } from '../../kernel/errors/index.ts'

export type Json = Readonly<Record<string, unknown>>

/** MLflow's REST API as one who reads a store, or writes it back, needs it. */
export interface MlflowRest {
  get(path: string, query: Readonly<Record<string, string>>): Promise<Json>
  post(path: string, body: Json): Promise<Json>
  patch(path: string, body: Json): Promise<Json>
  /** As a POST; the dialect's DELETE has a body. */
  delete(path: string, body: Json): Promise<Json>
  /** Bytes of a file. */
  bytes(path: string, query: Readonly<Record<string, string>>): AsyncIterable<Uint8Array>
}

export interface RestOptions {
  readonly url: string
  /** Sent as `Authorization`, for servers that want one. */
  readonly authorization?: string | undefined
}

/** What a server answers that does not have a route or an object. */
export class NotThere extends Error {}

const tries = 4

/** Asks again where nothing answers or the server says 429, 502, 503 or 504. Throws NotThere for 404, IMPORT_SOURCE else. */
export function createRest({ url, authorization }: RestOptions): MlflowRest {
  const headers = authorization === undefined ? {} : { authorization }
  const address = (path: string, query: Readonly<Record<string, string>>) =>
    `${url.replace(/\/$/, '')}${path}?${new URLSearchParams(query)}`
  const ask = async (where: string, init: RequestInit): Promise<Response> => {
    for (let count = 1; ; count++) {
      const answer = await fetch(where, { ...init, headers: { ...headers, ...init.headers } }).catch(
        (cause: unknown) => cause as Error,
      )
      if (answer instanceof Response && answer.ok) return answer
      const again = answer instanceof Error || [429, 502, 503, 504].includes(answer.status)
      if (!again || count === tries) throw await problem(where, answer)
      await new Promise(settle => setTimeout(settle, 250 * 2 ** count))
    }
  }
  const json = async (answer: Response) => (await answer.json()) as Json
  const sending = (method: string) => async (path: string, body: Json) =>
    json(
      await ask(`${url.replace(/\/$/, '')}${path}`, {
        method,
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    )
  return {
    get: async (path, query) => json(await ask(address(path, query), {})),
    post: sending('POST'),
    patch: sending('PATCH'),
    delete: sending('DELETE'),
    bytes: async function* (path, query) {
      const { body } = await ask(address(path, query), {})
      if (body !== null) yield* Readable.fromWeb(body as ReadableStream<Uint8Array>)
    },
  }
}

async function problem(where: string, answer: Response | Error): Promise<Error> {
  const { origin, pathname } = new URL(where)
  if (answer instanceof Error)
    return new FettleError('IMPORT_SOURCE', `nothing answers at ${origin}`, { cause: answer })
  const text = (await answer.text()).slice(0, 300)
  if (answer.status === 404) return new NotThere(text)
  return new FettleError('IMPORT_SOURCE', `${origin} answered ${answer.status} to ${pathname}: ${text}`)
}
