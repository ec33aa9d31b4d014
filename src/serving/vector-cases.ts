import { isFettleError } from '../kernel/errors/index.ts'
import { frameOf, validPrefix } from '../kernel/framing/frames.ts'
import type { Value } from '../kernel/values/model.ts'
import { type Datatype, decodeJsonColumn } from './json/decode-column.ts'
import { binaryCase } from './oip/vector-cases.ts'

type CaseInput = Readonly<Record<string, unknown>>

/** Known-answer tests by name of their file in vectors/releases: `in` of a case to its `out`. */
export const servingCases: Readonly<Record<string, (input: CaseInput) => unknown>> = {
  'log-frames': input =>
    input['test'] === 'frame'
      ? frameCase(String(input['payload_hex']))
      : recoverCase(String(input['bytes_hex'])),
  'json-numbers': jsonNumbers,
  'oip-binary': binaryCase,
}

function frameCase(payload: string) {
  const frame = frameOf(Buffer.from(payload, 'hex'))
  return { frame_hex: frame.toString('hex'), crc32c: frame.readUInt32LE(4).toString(16).padStart(8, '0') }
}

function recoverCase(bytes: string) {
  const { frames, end } = validPrefix(Buffer.from(bytes, 'hex'))
  return { frames, valid_bytes: end }
}

function jsonNumbers(input: CaseInput) {
  const datatype = input['datatype'] as Datatype
  try {
    const values = decodeJsonColumn(String(input['data_json']), {
      name: 'data',
      datatype,
      nullable: input['nullable'] === true,
      nonFinite: true,
    })
    return { ok: values.map(value => wireForm(value, datatype)) }
  } catch (error) {
    if (!isFettleError(error)) throw error
    const row = error.details['row']
    return { error: error.code, ...(typeof row === 'number' ? { index: row } : {}) }
  }
}

function wireForm(value: Value, datatype: Datatype): string | null {
  if (value === null) return null
  if (typeof value === 'bigint') return String(value)
  if (typeof value === 'boolean') return value ? '1' : '0'
  if (typeof value === 'string') return Buffer.from(value).toString('hex')
  const bytes = Buffer.alloc(datatype === 'FP32' ? 4 : 8)
  if (datatype === 'FP32') bytes.writeFloatBE(Number(value))
  else bytes.writeDoubleBE(Number(value))
  return bytes.toString('hex')
}
