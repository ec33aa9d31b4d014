import { Agent, request as httpRequest } from 'node:http'
import type { Step } from './step.ts'

export interface PlayedAnswer {
  readonly status: number
  readonly text: string
  /** The body, parsed; undefined when it is no JSON. */
  readonly body: unknown
}

/** One server with what was saved of its answers. */
export interface Player {
  play(step: Step): Promise<PlayedAnswer>
  readonly saved: ReadonlyMap<string, string>
  close(): void
}

/** Sends steps one after another to one server; nothing in a path is normalised. */
export function openPlayer(base: string): Player {
  const { hostname, port } = new URL(base)
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  const saved = new Map<string, string>()
  return {
    saved,
    close: () => agent.destroy(),
    async play(step) {
      const { body, ...sent } = requestOf(step, saved)
      const answer = await new Promise<{ status: number; text: string }>((resolve, reject) => {
        const call = httpRequest({ hostname, port, agent, ...sent }, response => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('error', reject)
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString('utf8') }),
          )
        })
        call.on('error', reject)
        call.end(body)
      })
      const parsed = parse(answer.text)
      for (const [name, pointer] of Object.entries(step.save ?? {})) {
        const found = at(parsed, pointer)
        saved.set(name, found === undefined ? `nothing-as-${name}` : String(found))
      }
      return { ...answer, body: parsed }
    },
  }
}

function requestOf(step: Step, saved: ReadonlyMap<string, string>) {
  const filled = (text: string): string =>
    text.replace(/@\{(\w+)\}/g, (_whole, name: string) => saved.get(name) ?? `unsaved-${name}`)
  const [method = '', path = ''] = step.call.split(/ (.*)/s)
  const query = (step.query ?? [])
    .map(pair => pair.map(part => encodeURIComponent(filled(part))).join('='))
    .join('&')
  const body = step.json === undefined ? step.text : JSON.stringify(step.json)
  const whole = /^\/(?:api|ajax-api|health|version|get-artifact|graphql)/.test(path)
    ? path
    : `/api/2.0/mlflow${path}`
  const text = body === undefined ? undefined : filled(body)
  return {
    method,
    path: `${encoded(filled(whole))}${query === '' ? '' : `?${query}`}`,
    headers: {
      ...(text === undefined
        ? {}
        : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
      ...step.headers,
    },
    ...(text === undefined ? {} : { body: text }),
  }
}

function encoded(path: string): string {
  return path.replace(/[^\x21-\x7e]+/gu, encodeURIComponent)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** What a JSON pointer points to; undefined when there is nothing. */
function at(value: unknown, pointer: string): unknown {
  return pointer
    .split('/')
    .slice(1)
    .reduce<unknown>((found, part) => (found as Record<string, unknown> | undefined)?.[part], value)
}
