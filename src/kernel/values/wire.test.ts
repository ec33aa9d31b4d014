import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import {
  cellBytes,
  compareText,
  contentChecksum,
  decodeNative,
  encodeNative,
  type Field,
  isValueType,
  JsonNumber,
  parseLosslessJson,
  tryDecodeNative,
  valueOrder,
} from './index.ts'

interface WireFile {
  values: { type: string; json: string; cell: string }[]
  inputs: { type: string; json: string; accepted: boolean; value?: string }[]
  checksums: { name: string; columns: Field[]; chunk?: number; checksum: string }[]
}

const text = readFileSync(new URL('../../../test/vectors/features/wire.json', import.meta.url), 'utf8')
const wire = JSON.parse(text) as WireFile

describe('known answers of the wire', () => {
  it.each(wire.values.map(each => [each.type, each.json, each.cell] as const))(
    '%s %s',
    (type, json, cell) => {
      const value = decodeNative(type, parseLosslessJson(json))
      expect(encodeNative(type, value)).toBe(json)
      expect(cellBytes(type, value).toString('hex')).toBe(cell)
    },
  )

  it.each(wire.inputs.map(each => [each.type, each.json, each] as const))(
    'input %s %s',
    (type, json, { accepted, value }) => {
      const found = tryDecodeNative(type, parseLosslessJson(json))
      expect(found !== undefined).toBe(accepted)
      if (found !== undefined) expect(encodeNative(type, found).replaceAll('"', '')).toBe(value)
    },
  )
})

describe('order of values', () => {
  it('puts null lowest, NaN greatest and −0 before +0', () => {
    const sorted = [Number.NaN, 0, null, 1, -0, -1].sort(valueOrder('float64'))
    expect(sorted).toEqual([null, -1, -0, 0, 1, Number.NaN])
    expect(Object.is(sorted[2], -0)).toBe(true)
  })
  it('orders text by UTF-8 bytes, not by UTF-16 units', () => {
    expect(compareText('\uff5e', '😀')).toBeLessThan(0)
    expect(compareText('a', 'ab')).toBeLessThan(0)
  })
  it('orders lists lexicographically', () => {
    expect(valueOrder('list<int64>')([1n, null], [1n, 0n])).toBeLessThan(0)
    expect(valueOrder('list<int64>')([1n], [1n, null])).toBeLessThan(0)
  })
})

describe('checksum', () => {
  const fields: Field[] = [
    { name: 'a', type: 'int64' },
    { name: 'b', type: 'string' },
  ]
  it('does not depend on how rows arrive', () => {
    const whole = contentChecksum(fields, 3)
    whole.addRows([
      [1n, 'x'],
      [null, 'y'],
      [-5n, null],
      [4n, ''],
    ])
    const pieces = contentChecksum(fields, 3)
    pieces.addColumns(
      [
        {
          kind: 'fixed',
          width: 8,
          bytes: new Uint8Array(BigInt64Array.of(1n, 9n).buffer),
          valid: Uint8Array.of(1, 0),
        },
        { kind: 'values', values: ['x', 'y'] },
      ],
      2,
    )
    pieces.addRows([
      [-5n, null],
      [4n, ''],
    ])
    expect(pieces.digest()).toBe(whole.digest())
  })
})

describe('lossless JSON', () => {
  it('keeps digits and signs', () => {
    expect(parseLosslessJson(' [-0.0, 9007199254740993] ')).toEqual([
      new JsonNumber('-0.0'),
      new JsonNumber('9007199254740993'),
    ])
  })
  it.each(['', '[1,]', '{"a" 1}', '01', '"\n"', '[1] 2', 'nul'])('refuses %j', bad => {
    expect(() => parseLosslessJson(bad)).toThrow(SyntaxError)
  })
  it('knows which texts are types', () => {
    expect(['list<map<string,decimal(38,38)>>', 'int64'].every(isValueType)).toBe(true)
    expect(['decimal(39,0)', 'decimal(3,4)', 'int32', 'list<>', 'map<int64,int64>'].some(isValueType)).toBe(
      false,
    )
  })
})
