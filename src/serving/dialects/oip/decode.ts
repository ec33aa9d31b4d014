import { FettleError } from '../../../kernel/errors/index.ts'
import type { Value } from '../../../kernel/values/model.ts'
import type { DecodedRequest } from '../../front/answered.ts'
import { checkKey } from '../../front/checker.ts'
import type { RequestField, ServingSignature } from '../../front/signature.ts'
import { coerce } from '../../json/coerce.ts'
import type { ServableRelease } from '../../model.ts'
import { type BodyTensor, decodeBinaryBody, decodeRawBody, headLength } from '../../oip/binary-body.ts'
import { type Output, outputsOf } from '../outputs.ts'
import { batchOfColumns, requestIdOf, requireRows } from '../rows.ts'
import { datatypes } from './metadata.ts'
import { asObject, flag, inferParameters } from './parameters.ts'

export interface AskedOutput {
  readonly output: Output
  /** As a raw tensor behind the JSON. */
  readonly binary: boolean
}

export interface InferRequest extends DecodedRequest {
  /** In the order to answer them. */
  readonly outputs: readonly AskedOutput[]
  /** How many parameters nobody knows. */
  readonly unknownParameters: number
}

export interface Signed {
  readonly signature: ServingSignature
  readonly release: ServableRelease
}

/**
 * An infer request. `headerLength` is the header Inference-Header-Content-Length: without it all is JSON, 0 is a raw
 * request. Every error names the input, and the row where there is one.
 */
export function decodeInfer(
  body: Buffer,
  headerLength: string | undefined,
  { signature, release }: Signed,
): InferRequest {
  const jsonBytes = headerLength === undefined ? body.length : headLength(headerLength, body.length)
  if (headerLength !== undefined && jsonBytes === 0) return decodeRaw(body, { signature, release })
  const integers = signature.request.some(field => datatypes[field.type] === 'INT64')
  const { head, inputs } = decodeBinaryBody(body, jsonBytes, integers)
  return decodeTensorRequest({ ...head, inputs }, { signature, release })
}

/** A request whose tensors are decoded already; the rest of it is as JSON has it. */
export function decodeTensorRequest(
  {
    inputs,
    id,
    outputs,
    parameters,
  }: {
    readonly inputs: readonly BodyTensor[]
    readonly id?: unknown
    readonly outputs?: unknown
    readonly parameters?: unknown
  },
  { signature, release }: Signed,
): InferRequest {
  const { binaryOutputs, unknown, ...limits } = inferParameters(parameters)
  return {
    ...decodeTensors(inputs, signature),
    id: requestIdOf(id),
    outputs: askedOutputs(outputs, release, binaryOutputs),
    unknownParameters: unknown,
    ...limits,
  }
}

function decodeRaw(body: Buffer, { signature, release }: Signed): InferRequest {
  const registered = signature.request.map(({ name, type }) => ({
    name,
    datatype: datatypes[type] ?? ('BYTES' as const),
    shape: [],
  }))
  const [input] = registered
  if (input === undefined || registered.length > 1)
    throw new FettleError('WRONG_SHAPE', 'a raw request needs a deployment with one input', {
      hint: 'Send the tensors with Inference-Header-Content-Length and binary_data_size.',
    })
  return {
    ...decodeTensors([decodeRawBody(body, [input])], signature),
    id: undefined,
    outputs: outputsOf(release).map(output => ({ output, binary: true })),
    unknownParameters: 0,
  }
}

/** The tensors of a request, each once and all of one length, as rows. */
function decodeTensors(
  tensors: readonly BodyTensor[],
  signature: ServingSignature,
): Pick<DecodedRequest, 'rows' | 'vectors'> {
  const named = namedTensors(tensors, signature)
  const [first] = named.values()
  const count = first ? rowsOf(first) : 0
  for (const tensor of named.values()) {
    const rows = rowsOf(tensor)
    if (rows !== count)
      throw new FettleError(
        'WRONG_SHAPE',
        `input "${tensor.name}" has ${rows} rows, another has ${count}`,
        place(tensor.name),
      )
  }
  requireRows(count)
  const columns = signature.request.map(field => decodeColumn(field, named.get(field.name), count))
  return batchOfColumns(columns, count, signature)
}

function namedTensors(
  tensors: readonly BodyTensor[],
  signature: ServingSignature,
): ReadonlyMap<string, BodyTensor> {
  const named = new Map<string, BodyTensor>()
  const names = new Set(signature.request.map(field => field.name))
  for (const tensor of tensors) {
    const { name } = tensor
    if (!names.has(name))
      throw new FettleError(
        'UNKNOWN_INPUT',
        `input ${JSON.stringify(name.slice(0, 80))} is not in the signature`,
      )
    if (named.has(name))
      throw new FettleError('DUPLICATE_NAME', `input "${name}" is named twice`, place(name))
    named.set(name, tensor)
  }
  const missing = signature.request.find(field => !named.has(field.name))
  if (missing)
    throw new FettleError('MISSING_INPUT', `input "${missing.name}" is missing`, place(missing.name))
  return named
}

/** Registered shapes are [-1]. Nothing is allocated for a dimension before its data are seen. */
function rowsOf({ name, shape }: BodyTensor): number {
  const [rows] = shape
  if (shape.length === 1 && rows !== undefined) return rows
  // A raw request has no batch of its own: it is one row.
  if (shape.length === 0) return 1
  throw new FettleError(
    'WRONG_SHAPE',
    `input "${name}" has a shape that is not [number of rows]`,
    place(name),
  )
}

function decodeColumn(field: RequestField, tensor: BodyTensor | undefined, count: number): readonly Value[] {
  if (!tensor) return []
  const { name } = field
  if (tensor.datatype !== datatypes[field.type]) {
    throw new FettleError(
      'WRONG_DATATYPE',
      `input "${name}" is ${datatypes[field.type]}, not what was sent`,
      place(name),
    )
  }
  const values = elementsOf(tensor, count)
  const whole = wholeColumn(values, field)
  return whole ?? values.map((value, row) => decodeElement(value, row, field))
}

const plainText = /^[ -~]{0,255}$/

/** The column as it is, where nothing in it needs a closer look. */
function wholeColumn(values: readonly unknown[], { type }: RequestField): readonly Value[] | undefined {
  if (type === 'float64') {
    for (const value of values) if (typeof value !== 'number' || value - value !== 0) return undefined
    return values as readonly Value[]
  }
  if (type !== 'string') return undefined
  for (const value of values) if (typeof value !== 'string' || !plainText.test(value)) return undefined
  return values as readonly Value[]
}

function decodeElement(value: unknown, row: number, { name, type, role, nullable }: RequestField): Value {
  // Raw integers are exact and in range already.
  if (typeof value === 'bigint') return value
  if (Array.isArray(value))
    throw new FettleError(
      'RAGGED_DATA',
      `input "${name}" is nested at row ${row}, its shape has one dimension`,
      { details: { column: name, row } },
    )
  const typed = coerce(value, type, { column: name, row, nullable }, 'micros')
  if (role === 'key' && typeof typed === 'string') checkKey(name, typed, row)
  return typed
}

function elementsOf({ name, content }: BodyTensor, count: number): readonly unknown[] {
  if ('values' in content) return content.values
  if (!Array.isArray(content.json))
    throw new FettleError('WRONG_SHAPE', `input "${name}" has no data array`, place(name))
  if (content.json.length !== count)
    throw new FettleError(
      'WRONG_SHAPE',
      `input "${name}" has ${content.json.length} values for a shape of ${count}`,
      place(name),
    )
  return content.json
}

function askedOutputs(
  outputs: unknown,
  release: ServableRelease,
  binaryOutputs: boolean,
): readonly AskedOutput[] {
  const known = outputsOf(release)
  const all = () => known.map(output => ({ output, binary: binaryOutputs }))
  if (outputs === undefined) return all()
  if (!Array.isArray(outputs)) throw new FettleError('WRONG_TYPE', 'outputs is not an array')
  const asked = outputs.map((each, i) => {
    const { name, parameters = {} } = asObject(each, `output ${i}`)
    const output = known.find(one => one.name === name)
    if (!output) throw new FettleError('UNKNOWN_INPUT', `output ${i} is not in the signature`)
    const binary = flag(asObject(parameters, `parameters of output ${i}`), 'binary_data') ?? binaryOutputs
    return { output, binary }
  })
  if (new Set(asked.map(each => each.output.name)).size < asked.length)
    throw new FettleError('DUPLICATE_NAME', 'an output is named twice')
  return asked.length === 0 ? all() : asked
}

function place(column: string) {
  return { details: { column } }
}
