import { FettleError } from '../../../kernel/errors/index.ts'
import type { OipReply } from './connection.ts'

/** How rows travel: as one matrix, or as a tensor for each column. */
export interface Layout {
  readonly inputs: readonly {
    readonly name: string
    readonly datatype: 'FP32' | 'FP64' | 'INT64' | 'INT32' | 'BOOL'
    /** First column, and how many. */
    readonly from: number
    readonly width: number
    /** Behind the number of rows. */
    readonly shape: readonly number[]
  }[]
  readonly output: string
  /** Tensors are sent and asked for as raw bytes. */
  readonly binary: boolean
}

export interface InferBody {
  readonly body: Buffer
  readonly headers: Readonly<Record<string, string>>
}

const lengthHeader = 'inference-header-content-length'

/** A request for row-major vectors. Missing values are NaN in raw bytes and null in JSON, which has no NaN. */
export function encodeInfer(
  { inputs, output, binary }: Layout,
  { vectors, rows, timeoutMillis }: { vectors: Float64Array; rows: number; timeoutMillis: number },
): InferBody {
  const width = vectors.length / Math.max(1, rows)
  const raw: Buffer[] = []
  const heads = inputs.map(({ name, datatype, from, width: columns, shape }) => {
    const values = new Float64Array(rows * columns)
    for (let row = 0; row < rows; row++)
      for (let column = 0; column < columns; column++)
        values[row * columns + column] = Math.fround(vectors[row * width + from + column] as number)
    const head = { name, datatype, shape: [rows, ...shape] }
    if (!binary) return { ...head, data: Array.from(values, value => jsonValue(value, datatype)) }
    const bytes = Buffer.from((datatype === 'FP64' ? values : Float32Array.from(values)).buffer)
    raw.push(bytes)
    return { ...head, parameters: { binary_data_size: bytes.length } }
  })
  const head = {
    parameters: { timeout: Math.max(1, Math.floor(timeoutMillis * 1000)) },
    inputs: heads,
    outputs: [{ name: output, ...(binary ? { parameters: { binary_data: true } } : {}) }],
  }
  const json = Buffer.from(JSON.stringify(head))
  if (!binary) return { body: json, headers: { 'content-type': 'application/json' } }
  return {
    body: Buffer.concat([json, ...raw]),
    headers: { 'content-type': 'application/octet-stream', [lengthHeader]: String(json.length) },
  }
}

function jsonValue(value: number, datatype: string): number | boolean | null {
  if (Number.isNaN(value)) return null
  return datatype === 'BOOL' ? value !== 0 : value
}

interface ReplyTensor {
  readonly name?: string
  readonly datatype?: string
  readonly shape?: readonly number[]
  readonly data?: readonly unknown[]
  readonly parameters?: { readonly binary_data_size?: number }
}

/** One number for a row: it, or the second of two. Throws SCORER_FAILED for anything else. */
export function decodeScores({ headers, body }: OipReply, { output }: Layout, rows: number): Float64Array {
  const length = headers[lengthHeader]
  const jsonBytes = length === undefined ? body.length : Number(length)
  let tensors: readonly ReplyTensor[]
  try {
    const reply = JSON.parse(body.toString('utf8', 0, jsonBytes)) as {
      readonly outputs?: readonly ReplyTensor[]
    }
    tensors = reply.outputs ?? []
  } catch (cause) {
    throw new FettleError('SCORER_FAILED', 'the other server answers what is not JSON', { cause })
  }
  let at = jsonBytes
  for (const tensor of tensors) {
    const size = tensor.parameters?.binary_data_size ?? 0
    if (tensor.name === output) return lastColumn(numbersOf(tensor, body.subarray(at, at + size)), rows)
    at += size
  }
  throw new FettleError('SCORER_FAILED', `the other server gives no output "${output}"`)
}

function numbersOf({ datatype, data, parameters }: ReplyTensor, bytes: Buffer): Float64Array {
  if (parameters?.binary_data_size === undefined)
    return Float64Array.from((data ?? []).flat(2) as unknown[], value =>
      typeof value === 'number' ? value : Number.NaN,
    )
  const copy = new Uint8Array(bytes).buffer
  if (datatype === 'FP32' && bytes.length % 4 === 0) return Float64Array.from(new Float32Array(copy))
  if (datatype === 'FP64' && bytes.length % 8 === 0) return new Float64Array(copy)
  throw new FettleError('SCORER_FAILED', `the other server gives ${datatype ?? 'no datatype'}, no floats`)
}

function lastColumn(found: Float64Array, rows: number): Float64Array {
  if (found.length === rows) return found
  if (found.length !== rows * 2)
    throw new FettleError('SCORER_FAILED', `the other server gives ${found.length} numbers for ${rows} rows`)
  return Float64Array.from({ length: rows }, (_, row) => found[row * 2 + 1] as number)
}
