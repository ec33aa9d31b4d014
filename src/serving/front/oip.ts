import { FettleError } from '../../kernel/errors/index.ts'
import type { Value, ValueType } from '../../kernel/values/model.ts'
import { coerce } from '../json/coerce.ts'
import { JsonNumber } from '../json/lossless.ts'
import { parseBody } from '../json/parse-body.ts'
import { checkKey } from './checker.ts'
import type { Decided } from './decide.ts'
import type { Reply } from './http.ts'
import type { LoadedRelease } from './load-release.ts'
import { type DecodedRequest, identityHeaders, numberText, requestIdOf, requireRows } from './native.ts'
import { type RequestField, type ServingSignature, toDouble } from './signature.ts'

const datatypes: Partial<Record<ValueType, string>> = {
  bool: 'BOOL',
  int64: 'INT64',
  float64: 'FP64',
  float32: 'FP32',
  string: 'BYTES',
  timestamp: 'INT64',
  date: 'BYTES',
}

/** The request signature as model metadata of the Open Inference Protocol v2. */
export function modelMetadata(loaded: LoadedRelease): unknown {
  const { release } = loaded
  return {
    name: release.deployment,
    versions: [String(release.number)],
    platform: `fettle_${loaded.pool.facts.kind}`,
    inputs: release.features.request.map(field => ({
      name: field.name,
      datatype: datatypes[field.type],
      shape: [-1],
    })),
    outputs: outputsOf(loaded).map(({ name, datatype }) => ({ name, datatype, shape: [-1] })),
  }
}

function outputsOf({
  release,
}: LoadedRelease): readonly { readonly name: string; readonly datatype: string }[] {
  const score = { name: release.signature.outputs[0]?.name ?? 'score', datatype: 'FP64' }
  return release.action ? [score, { name: 'action', datatype: 'BYTES' }] : [score]
}

export interface InferRequest extends DecodedRequest {
  /** Names of the outputs asked for, in the order to answer them. */
  readonly outputs: readonly string[]
}

type JsonObject = Readonly<Record<string, unknown>>

/** An infer request. Every error names the input, and the row where there is one. */
export function decodeInfer(body: Buffer, loaded: LoadedRelease): InferRequest {
  const { signature } = loaded
  const value = asObject(parseBody(body, { integers: true }), 'the body')
  const parameters = decodeParameters(value['parameters'])
  const tensors = namedTensors(value['inputs'], signature)
  const count = tensors.reduce((rows, tensor, i) => {
    if (i > 0 && tensor.rows !== rows)
      throw new FettleError(
        'WRONG_SHAPE',
        `input "${tensor.name}" has ${tensor.rows} rows, another has ${rows}`,
      )
    return tensor.rows
  }, 0)
  requireRows(count)
  const columns = signature.request.map(field =>
    decodeTensor(
      field,
      tensors.find(tensor => tensor.name === field.name),
    ),
  )
  const rows = Array.from({ length: count }, (_, row) => {
    const entity: Record<string, Value> = {}
    signature.request.forEach((field, i) => {
      entity[field.name] = columns[i]?.[row] ?? null
    })
    return entity
  })
  const vectors = new Float64Array(count * signature.width)
  for (const { field, at } of signature.requestColumns) {
    rows.forEach((row, i) => {
      vectors[i * signature.width + at] = toDouble(row[field] ?? null)
    })
  }
  return {
    rows,
    vectors,
    id: requestIdOf(value['id']),
    outputs: decodeOutputs(value['outputs'], loaded),
    ...parameters,
  }
}

function asObject(value: unknown, what: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof JsonNumber))
    return value as JsonObject
  throw new FettleError('BAD_JSON', `${what} is not an object`)
}

interface Tensor {
  readonly name: string
  readonly rows: number
  readonly datatype: unknown
  readonly data: unknown
}

function namedTensors(inputs: unknown, signature: ServingSignature): readonly Tensor[] {
  if (!Array.isArray(inputs)) throw new FettleError('MISSING_INPUT', 'inputs is not an array of tensors')
  const seen = new Set<string>()
  const tensors = inputs.map((input, i): Tensor => {
    const tensor = asObject(input, `input ${i}`)
    const name = tensor['name']
    if (typeof name !== 'string') throw new FettleError('UNKNOWN_INPUT', `input ${i} has no name`)
    if (!signature.request.some(field => field.name === name))
      throw new FettleError(
        'UNKNOWN_INPUT',
        `input ${JSON.stringify(name.slice(0, 80))} is not in the signature`,
      )
    if (seen.has(name)) throw new FettleError('DUPLICATE_NAME', `input "${name}" is named twice`)
    seen.add(name)
    return {
      name,
      rows: decodeShape(name, tensor['shape']),
      datatype: tensor['datatype'],
      data: tensor['data'],
    }
  })
  const missing = signature.request.find(field => !seen.has(field.name))
  if (missing)
    throw new FettleError('MISSING_INPUT', `input "${missing.name}" is missing`, {
      details: { column: missing.name },
    })
  return tensors
}

/** Registered shapes are [-1]. Nothing is allocated for a dimension before its data are seen. */
function decodeShape(name: string, shape: unknown): number {
  const dimensions = Array.isArray(shape)
    ? shape.map(each => (each instanceof JsonNumber ? Number(each.text) : each))
    : []
  const [rows] = dimensions
  if (dimensions.length === 1 && typeof rows === 'number' && Number.isSafeInteger(rows) && rows >= 0)
    return rows
  throw new FettleError('WRONG_SHAPE', `input "${name}" has a shape that is not [number of rows]`, {
    details: { column: name },
  })
}

function decodeTensor(field: RequestField, tensor: Tensor | undefined): readonly Value[] {
  if (!tensor) return []
  if (tensor.datatype !== datatypes[field.type]) {
    throw new FettleError(
      'WRONG_DATATYPE',
      `input "${field.name}" is ${datatypes[field.type]}, not what was sent`,
      { details: { column: field.name } },
    )
  }
  if (!Array.isArray(tensor.data))
    throw new FettleError('WRONG_SHAPE', `input "${field.name}" has no data array`, {
      details: { column: field.name },
    })
  if (tensor.data.length !== tensor.rows) {
    throw new FettleError(
      'WRONG_SHAPE',
      `input "${field.name}" has ${tensor.data.length} values for a shape of ${tensor.rows}`,
      { details: { column: field.name } },
    )
  }
  return tensor.data.map((value: unknown, row) => {
    if (Array.isArray(value))
      throw new FettleError(
        'RAGGED_DATA',
        `input "${field.name}" is nested at row ${row}, its shape has one dimension`,
      )
    const typed = coerce(value, field.type, { column: field.name, row, nullable: field.nullable }, 'micros')
    if (field.role === 'key' && typeof typed === 'string') checkKey(field.name, typed, row)
    return typed
  })
}

function decodeParameters(parameters: unknown): { readonly timeoutMillis?: number } {
  if (parameters === undefined) return {}
  const values = asObject(parameters, 'parameters')
  const reserved = Object.keys(values).find(name => /^(sequence_|triton_)|^headers$/.test(name))
  if (reserved !== undefined)
    throw new FettleError('RESERVED_PARAMETER', `parameter "${reserved.slice(0, 80)}" is reserved`)
  const timeout = values['timeout']
  if (timeout === undefined) return {}
  const micros = timeout instanceof JsonNumber ? Number(timeout.text) : timeout
  if (typeof micros !== 'number' || !Number.isInteger(micros) || micros < 0)
    throw new FettleError('WRONG_TYPE', 'parameter timeout is not a whole number of microseconds')
  return { timeoutMillis: micros / 1000 }
}

function decodeOutputs(outputs: unknown, loaded: LoadedRelease): readonly string[] {
  const known = outputsOf(loaded).map(each => each.name)
  if (outputs === undefined) return known
  if (!Array.isArray(outputs)) throw new FettleError('WRONG_TYPE', 'outputs is not an array')
  const names = outputs.map((output, i) => {
    const name = asObject(output, `output ${i}`)['name']
    if (typeof name !== 'string' || !known.includes(name))
      throw new FettleError('UNKNOWN_INPUT', `output ${i} is not in the signature`)
    return name
  })
  if (new Set(names).size < names.length) throw new FettleError('DUPLICATE_NAME', 'an output is named twice')
  return names.length === 0 ? known : names
}

/** Outputs in the order asked for; identity in headers and parameters. */
export function encodeInfer(decided: Decided, request: InferRequest, loaded: LoadedRelease): Reply {
  const { rows, note } = decided
  const outputs = request.outputs.map(name => {
    const shape = `"shape":[${rows.length}]`
    if (name === 'action') {
      const data = rows.map(row => JSON.stringify(row.acted && note.action ? note.action.name : 'none'))
      return `{"name":"action","datatype":"BYTES",${shape},"data":[${data.join(',')}]}`
    }
    return `{"name":${JSON.stringify(name)},"datatype":"FP64",${shape},"data":[${rows.map(row => numberText(row.score)).join(',')}]}`
  })
  const parameters = JSON.stringify({
    prediction_base: decided.base,
    release: String(note.release),
    arm: 'champion',
    served_by: decided.servedBy,
    ...(decided.degradedReasons.length > 0 ? { degraded_reason: decided.degradedReasons.join(',') } : {}),
  })
  const id = request.id === undefined ? '' : `"id":${JSON.stringify(request.id)},`
  const head = `{"model_name":${JSON.stringify(loaded.release.deployment)},"model_version":"${note.release}",${id}"parameters":${parameters}`
  return { status: 200, body: `${head},"outputs":[${outputs.join(',')}]}`, headers: identityHeaders(decided) }
}
