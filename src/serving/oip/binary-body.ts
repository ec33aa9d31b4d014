import { FettleError } from '../../kernel/errors/index.ts'
import { JsonNumber } from '../json/lossless.ts'
import { parseBody } from '../json/parse-body.ts'
import {
  type BinaryDatatype,
  countElements,
  decodeTensor,
  isBinaryDatatype,
  type TensorValues,
} from './binary-tensor.ts'

/** One input of a request: raw bytes were decoded, JSON data are as they stand in the text. */
export interface BodyTensor {
  readonly name: string
  readonly datatype: BinaryDatatype
  readonly shape: readonly number[]
  readonly content: { readonly values: TensorValues } | { readonly json: unknown }
}

export interface BinaryBody {
  /** The JSON head, `inputs` among it. */
  readonly head: Readonly<Record<string, unknown>>
  readonly inputs: readonly BodyTensor[]
}

/**
 * The JSON length that the header Inference-Header-Content-Length says: 0 is a raw request. BAD_HEADER where it is no
 * decimal number or more than the body.
 */
export function headLength(header: string, bodyBytes: number): number {
  const length = /^[0-9]{1,15}$/.test(header) ? Number(header) : Number.NaN
  if (!(length <= bodyBytes))
    throw new FettleError(
      'BAD_HEADER',
      `Inference-Header-Content-Length is "${header.slice(0, 40)}" and the body has ${bodyBytes} bytes`,
    )
  return length
}

/**
 * A request of JSON and raw tensors: the tensors follow the JSON in the order of the inputs that carry
 * `binary_data_size`, and fill the body exactly. Throws WRONG_SHAPE for sizes that do not fit the shape or the body,
 * WRONG_TYPE for a size that is no whole number and for `data` beside it, and the codes of the elements. `integers`: no
 * whole number of the JSON may be rounded.
 */
export function decodeBinaryBody(body: Buffer, jsonBytes: number, integers = true): BinaryBody {
  const head = asObject(parseBody(body.subarray(0, jsonBytes), { integers }), 'the body')
  const listed = head['inputs']
  if (!Array.isArray(listed)) throw new FettleError('MISSING_INPUT', 'inputs is not an array of tensors')
  let at = jsonBytes
  const inputs = listed.map((each, index): BodyTensor => {
    const tensor = tensorHead(asObject(each, `input ${index}`), index)
    if (tensor.size === undefined) return { ...tensor.named, content: { json: tensor.data } }
    const bytes = body.subarray(at, at + tensor.size)
    at += tensor.size
    if (at > body.length) throw wrongShape(tensor.named.name, `ends behind the body of ${body.length} bytes`)
    return { ...tensor.named, content: { values: decodeNamed(tensor.named, bytes) } }
  })
  if (at < body.length)
    throw new FettleError('WRONG_SHAPE', `${body.length - at} bytes of the body belong to no input`)
  return { head, inputs }
}

/** The one input of a signature with its registered shape behind the batch; at most one dimension is free (−1). */
export interface RawInput {
  readonly name: string
  readonly datatype: BinaryDatatype
  readonly shape: readonly number[]
}

/**
 * A raw request: the whole body is the one input's tensor, of one row. NOT_SUPPORTED for a signature of several inputs or
 * more than one free dimension; WRONG_SHAPE where the bytes do not fill the shape.
 */
export function decodeRawBody(body: Buffer, signature: readonly RawInput[]): BodyTensor {
  const [input] = signature
  const free = input?.shape.filter(size => size === -1).length ?? 0
  if (input === undefined || signature.length > 1 || free > 1)
    throw new FettleError('NOT_SUPPORTED', 'a raw request needs one input with at most one free dimension')
  const { name, datatype } = input
  const fixed = input.shape.filter(size => size !== -1).reduce((product, size) => product * size, 1)
  const elements = countElements(datatype, body)
  const rest = free === 1 && fixed > 0 ? elements / fixed : 1
  if (!Number.isInteger(rest) || fixed * rest !== elements)
    throw wrongShape(
      name,
      `has ${elements} elements, which do not fill the shape [${input.shape.join(', ')}]`,
    )
  const shape = [1, ...input.shape.map(size => (size === -1 ? rest : size))]
  return { name, datatype, shape, content: { values: decodeTensor(datatype, body, elements) } }
}

/** A body of JSON and raw tensors, with the JSON length for the header. */
export function encodeBinaryBody(
  head: unknown,
  tensors: readonly Buffer[],
): { readonly body: Buffer; readonly jsonBytes: number } {
  const json = Buffer.from(JSON.stringify(head))
  return { body: Buffer.concat([json, ...tensors]), jsonBytes: json.length }
}

type JsonObject = Readonly<Record<string, unknown>>

function asObject(value: unknown, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber))
    return value as JsonObject
  throw new FettleError('BAD_JSON', `${what} is not an object`)
}

function tensorHead(tensor: JsonObject, index: number) {
  const { name, datatype, data } = tensor
  if (typeof name !== 'string') throw new FettleError('UNKNOWN_INPUT', `input ${index} has no name`)
  if (!isBinaryDatatype(datatype))
    throw new FettleError('WRONG_DATATYPE', `input "${name}" has no datatype of the protocol`)
  const listed = tensor['shape']
  const shape = Array.isArray(listed) ? listed.map(size => wholeNumber(size)) : [Number.NaN]
  if (!shape.every(size => size >= 0)) throw wrongShape(name, 'has no shape of whole numbers from 0 on')
  const parameters =
    tensor['parameters'] === undefined ? {} : asObject(tensor['parameters'], `parameters of "${name}"`)
  return { named: { name, datatype, shape }, data, size: binarySize(name, parameters, data) }
}

function binarySize(name: string, parameters: JsonObject, data: unknown): number | undefined {
  if (parameters['binary_data_size'] === undefined) {
    if (data === undefined)
      throw new FettleError('MISSING_INPUT', `input "${name}" has neither data nor a size`)
    return undefined
  }
  const size = wholeNumber(parameters['binary_data_size'])
  if (!(size >= 0)) throw new FettleError('WRONG_TYPE', `binary_data_size of "${name}" is no number of bytes`)
  if (data !== undefined) throw new FettleError('WRONG_TYPE', `input "${name}" has data and binary_data_size`)
  return size
}

/** NaN for anything but a whole number that a double holds. */
function wholeNumber(value: unknown): number {
  const number = value instanceof JsonNumber ? Number(value.text) : value
  return Number.isSafeInteger(number) ? Number(number) : Number.NaN
}

function decodeNamed({ name, datatype, shape }: RawInput, bytes: Buffer): TensorValues {
  const count = shape.reduce((product, size) => product * size, 1)
  try {
    return decodeTensor(datatype, bytes, count)
  } catch (error) {
    if (error instanceof FettleError)
      throw new FettleError(error.code, `input "${name}": ${error.message}`, { details: { column: name } })
    throw error
  }
}

function wrongShape(name: string, what: string): FettleError {
  return new FettleError('WRONG_SHAPE', `input "${name}" ${what}`, { details: { column: name } })
}
