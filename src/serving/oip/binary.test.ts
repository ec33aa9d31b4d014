import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Value } from '../../kernel/values/model.ts'
import { decodeBinaryBody, decodeRawBody, encodeBinaryBody, headLength } from './binary-body.ts'
import { type BinaryDatatype, decodeTensor, encodeTensor } from './binary-tensor.ts'
import { halfBits, halfFromBits } from './half-float.ts'

const integers = (bits: number, signed: boolean) => {
  const size = 2n ** BigInt(bits)
  return fc.bigInt(signed ? { min: -size / 2n, max: size / 2n - 1n } : { min: 0n, max: size - 1n })
}
const float = fc.float()
const values: Readonly<Record<BinaryDatatype, fc.Arbitrary<Value>>> = {
  BOOL: fc.boolean(),
  INT8: integers(8, true),
  INT16: integers(16, true),
  INT32: integers(32, true),
  INT64: integers(64, true),
  UINT8: integers(8, false),
  UINT16: integers(16, false),
  UINT32: integers(32, false),
  UINT64: integers(64, false),
  FP16: fc.integer({ min: 0, max: 0x7bff }).map(halfFromBits),
  FP32: float,
  FP64: fc.double(),
  BYTES: fc.string({ unit: 'grapheme', maxLength: 12 }),
}
const tensor = fc
  .constantFrom(...(Object.keys(values) as BinaryDatatype[]))
  .chain(datatype =>
    fc.record({ datatype: fc.constant(datatype), data: fc.array(values[datatype], { maxLength: 8 }) }),
  )

const code = (of: string) => expect.objectContaining({ code: of })

describe('binary tensors', () => {
  it('come back as they were', () => {
    fc.assert(
      fc.property(tensor, ({ datatype, data }) => {
        expect(decodeTensor(datatype, encodeTensor(datatype, data), data.length)).toEqual(data)
      }),
    )
  })

  it('are refused where bytes and shape differ, whatever the bytes', () => {
    fc.assert(
      fc.property(tensor, fc.integer({ min: 1, max: 3 }), ({ datatype, data }, more) => {
        const bytes = encodeTensor(datatype, data)
        expect(() => decodeTensor(datatype, bytes, data.length + more)).toThrow(code('WRONG_SHAPE'))
        if (bytes.length > 0) expect(() => decodeTensor(datatype, bytes.subarray(1), data.length)).toThrow()
      }),
    )
    expect(() => decodeTensor('BOOL', Buffer.of(2), 1)).toThrow(code('OUT_OF_RANGE'))
    expect(() => decodeTensor('BYTES', Buffer.of(1, 0, 0, 0, 0xff), 1)).toThrow(code('BAD_UTF8'))
    expect(() => decodeTensor('BYTES', Buffer.of(0xff, 0xff, 0xff, 0xff), 1)).toThrow(code('WRONG_SHAPE'))
    expect(() => decodeTensor('FP64', Buffer.alloc(8), 2 ** 50)).toThrow(code('WRONG_SHAPE'))
  })

  it('half floats: every bit pattern, and the nearest for what lies between', () => {
    for (let bits = 0; bits < 0x10000; bits++) {
      const value = halfFromBits(bits)
      if (!Number.isNaN(value)) expect(halfBits(value)).toBe(bits)
    }
    const finite = Array.from({ length: 0x7c00 }, (_, bits) => halfFromBits(bits))
    fc.assert(
      fc.property(fc.double({ min: 0, max: 65519, noNaN: true }), value => {
        const found = halfFromBits(halfBits(value))
        const nearest = finite.reduce((best, each) =>
          Math.abs(each - value) < Math.abs(best - value) ? each : best,
        )
        expect(Math.abs(found - value)).toBe(Math.abs(nearest - value))
      }),
      { numRuns: 60 },
    )
    expect([halfBits(Number.NaN), halfBits(-Infinity), halfBits(2049), halfBits(2051)]).toEqual([
      0x7e00, 0xfc00, 0x6800, 0x6802,
    ])
    expect(() => encodeTensor('FP16', [70_000])).toThrow(code('OUT_OF_RANGE'))
  })
})

describe('bodies of JSON and raw tensors', () => {
  const input = (more: object, shape: unknown = [2]) => ({ name: 'x', datatype: 'FP32', shape, ...more })
  const body = (inputs: unknown, bytes: number) => encodeBinaryBody({ inputs }, [Buffer.alloc(bytes)])
  const decode = (inputs: unknown, bytes: number) => () => {
    const { body: all, jsonBytes } = body(inputs, bytes)
    return decodeBinaryBody(all, jsonBytes)
  }
  const sized = (size: unknown) => ({ parameters: { binary_data_size: size } })

  it('read several tensors in order, beside JSON data', () => {
    const { body: all, jsonBytes } = encodeBinaryBody(
      {
        inputs: [
          input(sized(8)),
          { name: 'n', datatype: 'INT64', shape: [1], data: [7] },
          { name: 's', datatype: 'BYTES', shape: [1], ...sized(6) },
        ],
      },
      [encodeTensor('FP32', [1, 2]), encodeTensor('BYTES', ['é'])],
    )
    expect(decodeBinaryBody(all, headLength(String(jsonBytes), all.length)).inputs).toEqual([
      { name: 'x', datatype: 'FP32', shape: [2], content: { values: [1, 2] } },
      { name: 'n', datatype: 'INT64', shape: [1], content: { json: [7] } },
      { name: 's', datatype: 'BYTES', shape: [1], content: { values: ['é'] } },
    ])
  })

  it.each([
    ['a size that is not the shape', [input(sized(4))], 4, 'WRONG_SHAPE'],
    ['a body that ends too early', [input(sized(8))], 7, 'WRONG_SHAPE'],
    ['bytes that belong to no input', [input(sized(8))], 9, 'WRONG_SHAPE'],
    ['a negative size', [input(sized(-8))], 8, 'WRONG_TYPE'],
    ['a fractional size', [input(sized(1.5))], 8, 'WRONG_TYPE'],
    ['a size in words', [input(sized('8'))], 8, 'WRONG_TYPE'],
    ['a size larger than any body', [input(sized(2 ** 53))], 8, 'WRONG_TYPE'],
    ['data and a size', [input({ ...sized(8), data: [1, 2] })], 8, 'WRONG_TYPE'],
    ['neither data nor size', [input({})], 0, 'MISSING_INPUT'],
    ['a negative dimension', [input(sized(8), [-2])], 8, 'WRONG_SHAPE'],
    ['a shape that is none', [input(sized(8), 'two')], 8, 'WRONG_SHAPE'],
    ['a shape beyond memory', [input(sized(8), [1e9, 1e9])], 8, 'WRONG_SHAPE'],
    ['an unknown datatype', [input({ ...sized(8), datatype: 'FP8' })], 8, 'WRONG_DATATYPE'],
    ['a datatype of the language', [input({ ...sized(8), datatype: 'toString' })], 8, 'WRONG_DATATYPE'],
    ['no name', [input({ ...sized(8), name: 1 })], 8, 'UNKNOWN_INPUT'],
    ['no list', {}, 0, 'MISSING_INPUT'],
    ['an input that is none', [1], 0, 'BAD_JSON'],
  ])('refuse %s', (_, inputs, bytes, wanted) => {
    expect(decode(inputs, bytes)).toThrow(code(wanted))
  })

  it('refuse a header that is no length within the body', () => {
    for (const header of ['-1', '1.5', '', '0x10', '11', '9'.repeat(30), ' 1'])
      expect(() => headLength(header, 10)).toThrow(code('BAD_HEADER'))
    expect(headLength('10', 10)).toBe(10)
    expect(() => decodeBinaryBody(Buffer.from('{}{'), 1)).toThrow(code('BAD_JSON'))
  })

  it('read a raw request of one input and one row', () => {
    const raw = (shape: readonly number[], datatype: BinaryDatatype = 'FP32') => [
      { name: 'x', datatype, shape },
    ]
    const bytes = encodeTensor('FP32', [1, 2, 3, 4])
    expect(decodeRawBody(bytes, raw([4]))).toMatchObject({ shape: [1, 4], content: { values: [1, 2, 3, 4] } })
    expect(decodeRawBody(bytes, raw([2, -1]))).toMatchObject({ shape: [1, 2, 2] })
    expect(decodeRawBody(encodeTensor('BYTES', ['a', 'b']), raw([-1], 'BYTES'))).toMatchObject({
      shape: [1, 2],
    })
    expect(() => decodeRawBody(bytes, raw([3]))).toThrow(code('WRONG_SHAPE'))
    expect(() => decodeRawBody(bytes, raw([3, -1]))).toThrow(code('WRONG_SHAPE'))
    expect(() => decodeRawBody(bytes.subarray(1), raw([-1]))).toThrow(code('WRONG_SHAPE'))
    expect(() => decodeRawBody(bytes, raw([-1, -1]))).toThrow(code('NOT_SUPPORTED'))
    expect(() => decodeRawBody(bytes, [...raw([4]), ...raw([4])])).toThrow(code('NOT_SUPPORTED'))
  })
})
