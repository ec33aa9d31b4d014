import { isUtf8 } from 'node:buffer'
import { FettleError } from '../../../../kernel/errors/index.ts'
import type { Answered } from '../../../front/answered.ts'
import type { BodyTensor } from '../../../oip/binary-body.ts'
import { type BinaryDatatype, decodeTensor, isBinaryDatatype } from '../../../oip/binary-tensor.ts'
import { decodeTensorRequest, type InferRequest, type Signed } from '../decode.ts'
import { outputBytes, replyParameters, versionOf } from '../encode.ts'
import { outputDatatype } from '../metadata.ts'

interface WireParameter {
  readonly parameter_choice?: string
  readonly [choice: string]: unknown
}
type WireParameters = Readonly<Record<string, WireParameter>>

interface WireTensor {
  readonly name: string
  readonly datatype: string
  /** Decimal texts. */
  readonly shape: readonly string[]
  readonly contents?: Readonly<Record<string, readonly unknown[]>> | null | undefined
}

/** ModelInferRequest, as protobuf hands it over. */
export interface WireInferRequest {
  readonly model_name: string
  readonly model_version: string
  readonly id: string
  readonly parameters: WireParameters
  readonly inputs: readonly WireTensor[]
  readonly outputs: readonly { readonly name: string; readonly parameters: WireParameters }[]
  readonly raw_input_contents: readonly Buffer[]
}

/** The same request as over REST; raw contents go with the inputs in their order. */
export function decodeWireInfer(wire: WireInferRequest, signed: Signed): InferRequest {
  const raw = wire.raw_input_contents
  if (raw.length > 0 && raw.length !== wire.inputs.length)
    throw new FettleError(
      'WRONG_SHAPE',
      `there are ${raw.length} raw contents for ${wire.inputs.length} inputs`,
    )
  return decodeTensorRequest(
    {
      inputs: wire.inputs.map((tensor, at) => tensorOf(tensor, raw[at])),
      ...(wire.id === '' ? {} : { id: wire.id }),
      parameters: plainParameters(wire.parameters),
      outputs: wire.outputs.map(({ name }) => ({ name })),
    },
    signed,
  )
}

function tensorOf({ name, datatype, shape, contents }: WireTensor, raw: Buffer | undefined): BodyTensor {
  if (!isBinaryDatatype(datatype))
    throw new FettleError('WRONG_DATATYPE', `input "${name}" has no datatype of the protocol`)
  const sizes = shape.map(Number)
  if (!sizes.every(size => Number.isSafeInteger(size) && size >= 0))
    throw new FettleError('WRONG_SHAPE', `input "${name}" has no shape of whole numbers from 0 on`)
  if (!raw)
    return { name, datatype, shape: sizes, content: { json: elementsOf({ name, datatype, contents }) } }
  const count = sizes.reduce((product, size) => product * size, 1)
  return { name, datatype, shape: sizes, content: { values: decodeTensor(datatype, raw, count) } }
}

/** Where the elements of a datatype stand among the contents. */
const fields: Readonly<Record<BinaryDatatype, string>> = {
  BOOL: 'bool_contents',
  INT8: 'int_contents',
  INT16: 'int_contents',
  INT32: 'int_contents',
  INT64: 'int64_contents',
  UINT8: 'uint_contents',
  UINT16: 'uint_contents',
  UINT32: 'uint_contents',
  UINT64: 'uint64_contents',
  FP16: 'none: raw only',
  FP32: 'fp32_contents',
  FP64: 'fp64_contents',
  BYTES: 'bytes_contents',
}

function elementsOf({
  name,
  datatype,
  contents,
}: Pick<WireTensor, 'name' | 'contents'> & { readonly datatype: BinaryDatatype }): readonly unknown[] {
  const elements = contents?.[fields[datatype]] ?? []
  if (datatype !== 'BYTES') return elements
  return (elements as readonly Buffer[]).map((bytes, row) => {
    if (isUtf8(bytes)) return bytes.toString('utf8')
    throw new FettleError('BAD_UTF8', `column "${name}" of row ${row} is not UTF-8`)
  })
}

function plainParameters(parameters: WireParameters): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(parameters).map(([name, { parameter_choice: choice = '', ...values }]) => {
      const value = values[choice]
      return [name, choice.startsWith('int64') || choice.startsWith('uint64') ? Number(value) : value]
    }),
  )
}

/** Outputs are raw always, as Triton's are. */
export function encodeWireInfer(answered: Answered<InferRequest>): object {
  const { request, rows, release } = answered
  const parameters = Object.entries(replyParameters(answered))
  return {
    model_name: release.deployment,
    model_version: versionOf(answered),
    id: request.id ?? '',
    parameters: Object.fromEntries(parameters.map(([name, value]) => [name, { string_param: value }])),
    outputs: request.outputs.map(({ output }) => ({
      name: output.name,
      datatype: outputDatatype(output),
      shape: [rows.length],
    })),
    raw_output_contents: request.outputs.map(({ output }) => outputBytes(answered, output)),
  }
}
