import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http'
import { JsonNumber, type LosslessJson } from '../kernel/values/index.ts'
import type { VectorObject } from './model.ts'
import { list, object, optionalNumber, optionalText, textOf } from './read.ts'

export interface TranscriptAnswer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface TranscriptClient {
  send(request: VectorObject, saved: ReadonlyMap<string, string>): Promise<TranscriptAnswer>
  close(): void
}

/** Sends requests to one server as they are written: nothing in a path is normalised. */
export function transcriptClient(base: string): TranscriptClient {
  const { hostname, port } = new URL(base)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return {
    send: (request, saved) => {
      const sent = requestOf(request, saved)
      return new Promise((resolve, reject) => {
        const call = httpRequest({ hostname, port, agent, ...sent }, response => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () =>
            resolve({
              status: response.statusCode ?? 0,
              headers: response.headers,
              text: Buffer.concat(chunks).toString('utf8'),
            }),
          )
        })
        call.on('error', reject)
        call.end(sent.body)
      })
    },
    close: () => agent.destroy(),
  }
}

function requestOf(request: VectorObject, saved: ReadonlyMap<string, string>) {
  const text = (json: LosslessJson | undefined): string => withSaved(textOf(json), saved)
  const query = list(request.get('query'))
    .map(pair =>
      list(pair)
        .map(part => encodeURIComponent(text(part)))
        .join('='),
    )
    .join('&')
  const json = request.get('json')
  const body = request.has('json') ? written(json ?? null, saved) : optionalText(request.get('text'))
  const headers = Object.fromEntries(
    [...object(request.get('headers'))].map(([name, value]) => [name, text(value)]),
  )
  return {
    method: textOf(request.get('method')),
    path: `${percentEncoded(text(request.get('path')))}${query === '' ? '' : `?${query}`}`,
    headers: {
      ...(request.has('json') ? { 'content-type': 'application/json' } : {}),
      ...headers,
      ...(body === undefined ? {} : { 'content-length': Buffer.byteLength(withSaved(body, saved)) }),
    },
    ...(body === undefined ? {} : { body: withSaved(body, saved) }),
  }
}

/** Spaces and non-ASCII letters as UTF-8; what is encoded already, and all other ASCII, stays. */
function percentEncoded(path: string): string {
  return path.replace(/[^\x21-\x7e]+/gu, encodeURIComponent)
}

/** `${name}` replaced by what was saved. Throws for a name nothing was saved under. */
export function withSaved(text: string, saved: ReadonlyMap<string, string>): string {
  return text.replace(/\$\{(\w+)\}/g, (_whole, name: string) => {
    const value = saved.get(name)
    if (value === undefined) throw new Error(`nothing was saved as ${name}`)
    return value
  })
}

/** A body as JSON text: `$repeat` and `$chars` written out, saved values put in. */
function written(json: LosslessJson, saved: ReadonlyMap<string, string>, at?: number): string {
  const inner = (each: LosslessJson): string => written(each, saved, at)
  if (json instanceof JsonNumber) return json.text
  if (typeof json === 'string') return writtenText(json, saved, at)
  if (Array.isArray(json)) return `[${json.map(inner).join(',')}]`
  if (!(json instanceof Map)) return JSON.stringify(json)
  const members = object(json)
  const repeat = optionalNumber(members.get('$repeat'))
  if (repeat !== undefined) {
    const item = members.get('item') ?? null
    return `[${Array.from({ length: repeat }, (_, index) => written(item, saved, index)).join(',')}]`
  }
  const chars = repeatedChars(members)
  if (chars !== undefined) return JSON.stringify(chars)
  return `{${[...members].map(([key, value]) => `${JSON.stringify(key)}:${inner(value)}`).join(',')}}`
}

function writtenText(text: string, saved: ReadonlyMap<string, string>, at: number | undefined): string {
  if (at === undefined) return JSON.stringify(withSaved(text, saved))
  return text === '$i' ? String(at) : JSON.stringify(withSaved(text, saved).replaceAll('$i', String(at)))
}

/** The text of `{ "$chars": c, "n": k }`; undefined for any other object. */
export function repeatedChars(members: VectorObject): string | undefined {
  const chars = optionalText(members.get('$chars'))
  return chars === undefined ? undefined : chars.repeat(optionalNumber(members.get('n')) ?? 0)
}
