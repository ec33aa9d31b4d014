import { FettleError } from '../../kernel/errors/index.ts'
import type { Value } from '../../kernel/values/model.ts'
import { decodeColumn } from '../json/decode-column.ts'
import { type BodyTensor, decodeBinaryBody, headLength } from './binary-body.ts'
import { type BinaryDatatype, encodeTensor, isBinaryDatatype } from './binary-tensor.ts'

/** JSON files have no tokens for these. */
const nonFinite: Readonly<Record<string, number>> = { NaN: Number.NaN, Infinity, '-Infinity': -Infinity }

type CaseInput = Readonly<Record<string, unknown>>

/** `oip-binary`: a tensor as bytes, or a body as its tensors. */
export function binaryCase(input: CaseInput): unknown {
  return input['test'] === 'tensor' ? tensorCase(input) : bodyCase(input)
}

function tensorCase({ datatype, shape, data }: CaseInput): unknown {
  if (!isBinaryDatatype(datatype)) throw new FettleError('WRONG_DATATYPE', 'no datatype of the protocol')
  const values = fromJson('data', datatype, data)
  const count = (shape as readonly number[]).reduce((product, size) => product * size, 1)
  if (values.length !== count)
    throw new FettleError('WRONG_SHAPE', `there are ${values.length} elements for ${count} places`)
  const bytes = encodeTensor(datatype, values)
  return { hex: bytes.toString('hex'), binary_data_size: bytes.length }
}

function bodyCase(input: CaseInput): unknown {
  const body = Buffer.from(String(input['body_hex']), 'hex')
  const { inputs } = decodeBinaryBody(
    body,
    headLength(String(input['inference_header_content_length']), body.length),
  )
  return {
    content_length: body.length,
    inputs: inputs.map(({ name, datatype, shape, content }) => ({
      name,
      datatype,
      shape,
      binary: 'values' in content,
    })),
    data: Object.fromEntries(inputs.map(tensor => [tensor.name, shown(tensor)])),
  }
}

function shown({ name, datatype, content }: BodyTensor): readonly unknown[] {
  const values = 'values' in content ? content.values : fromJson(name, datatype, content.json)
  const wide = datatype.endsWith('INT64')
  return values.map(value => (typeof value !== 'bigint' ? value : wide ? String(value) : Number(value)))
}

function fromJson(name: string, datatype: BinaryDatatype, data: unknown): readonly Value[] {
  const flat: readonly unknown[] = Array.isArray(data) ? data.flat(Infinity) : [data]
  const numbers = datatype.startsWith('FP') ? flat.map(value => nonFinite[String(value)] ?? value) : flat
  const plain = datatype === 'FP16' ? 'FP64' : datatype
  return decodeColumn(numbers, { name, datatype: plain, nullable: false, nonFinite: true })
}
