import { airports, random } from './fixture.ts'
import type { Target } from './generator.ts'
import type { Shape } from './shapes.ts'

export type Dialect = 'native' | 'oip' | 'binary'

/** How a deployment is asked: in which dialect, and with how many rows. */
export interface Asking {
  readonly shape: Shape
  readonly dialect: Dialect
  readonly rows: number
}

const distinctRows = 4096

/** Values of a row as callers have them: six decimals. */
export function valuesOf({ keys, fields }: Shape, row: number): Record<string, string | number> {
  const key = (at: number) => airports[Math.floor(random(row + at * 9999) * airports.length)] ?? ''
  return Object.fromEntries([
    ...keys.map((name, at) => [name, key(at)] as const),
    ...fields.map((name, at) => [name, Math.round(random(row * 512 + at + 77_777) * 1e8) / 1e6] as const),
  ])
}

/** Distinct requests over 4 096 rows (at least 32), ready to be written to a socket. */
export function requestsOf(url: string, asking: Asking): Target {
  const { shape, dialect, rows } = asking
  const count = Math.max(32, Math.floor(distinctRows / rows))
  const body = dialect === 'native' ? nativeBody : dialect === 'oip' ? oipBody : binaryBody
  const path = dialect === 'native' ? `/predict/${shape.deployment}` : `/v2/models/${shape.deployment}/infer`
  return targetOf(
    url,
    path,
    Array.from({ length: count }, (_, i) =>
      body(
        shape,
        Array.from({ length: rows }, (_, row) => valuesOf(shape, i * rows + row)),
      ),
    ),
  )
}

interface Body {
  readonly bytes: Buffer
  readonly headers?: string
}

/** Requests with these bodies to one path. */
export function targetOf(url: string, path: string, bodies: readonly Body[]): Target {
  const { hostname, port } = new URL(url)
  const requests = bodies.map(({ bytes, headers = 'content-type: application/json\r\n' }) =>
    Buffer.concat([
      Buffer.from(
        `POST ${path} HTTP/1.1\r\nhost: ${hostname}\r\n${headers}content-length: ${bytes.length}\r\n\r\n`,
      ),
      bytes,
    ]),
  )
  return { host: hostname, port: Number(port), requests }
}

type Rows = readonly Record<string, string | number>[]

function nativeBody(_: Shape, rows: Rows): Body {
  return { bytes: Buffer.from(JSON.stringify(rows.length === 1 ? rows[0] : { rows })) }
}

function inputsOf({ keys, fields }: Shape, rows: Rows) {
  const input = (name: string, datatype: string) => ({
    ...{ name, shape: [rows.length], datatype },
    data: rows.map(row => row[name] ?? null),
  })
  return [...keys.map(name => input(name, 'BYTES')), ...fields.map(name => input(name, 'FP64'))]
}

function oipBody(shape: Shape, rows: Rows): Body {
  return { bytes: Buffer.from(JSON.stringify({ inputs: inputsOf(shape, rows) })) }
}

function binaryBody(shape: Shape, rows: Rows): Body {
  const tensors = inputsOf(shape, rows).map(({ data, ...input }) => {
    const raw = Buffer.from(Float64Array.from(data.map(Number)).buffer)
    return { raw, input: { ...input, parameters: { binary_data_size: raw.length } } }
  })
  const head = Buffer.from(
    JSON.stringify({
      inputs: tensors.map(({ input }) => input),
      parameters: { binary_data_output: true },
    }),
  )
  return {
    bytes: Buffer.concat([head, ...tensors.map(({ raw }) => raw)]),
    headers: `content-type: application/octet-stream\r\ninference-header-content-length: ${head.length}\r\n`,
  }
}
