import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { ValueType } from '../../kernel/values/model.ts'
import type { Signature, SignatureField } from '../model.ts'
import { compareSignatures } from './compare.ts'

const field = (name: string, changes: Partial<SignatureField> = {}): SignatureField => ({
  name,
  type: 'float64',
  nullable: false,
  ...changes,
})
const base: Signature = { inputs: [field('a'), field('b', { nullable: true })], outputs: [field('score')] }
const withInputs = (...inputs: SignatureField[]): Signature => ({ ...base, inputs })
const withOutputs = (...outputs: SignatureField[]): Signature => ({ ...base, outputs })

describe('compareSignatures', () => {
  it.each<readonly [string, Signature, Signature, string, readonly string[]]>([
    ['nothing', base, base, 'neutral', []],
    ['order', base, withInputs(...[...base.inputs].reverse()), 'neutral', ['inputs are in another order']],
    [
      'a new nullable input',
      base,
      withInputs(...base.inputs, field('c', { nullable: true })),
      'additive',
      ['input c is new'],
    ],
    [
      'a new required input',
      base,
      withInputs(...base.inputs, field('c')),
      'breaking',
      ['input c is new and may not be null'],
    ],
    ['one input less', base, withInputs(field('a')), 'breaking', ['input b is gone']],
    [
      'a null no longer taken',
      base,
      withInputs(field('a'), field('b')),
      'breaking',
      ['input b is never null now'],
    ],
    [
      'a null taken',
      base,
      withInputs(field('a', { nullable: true }), field('b', { nullable: true })),
      'additive',
      ['input a may be null now'],
    ],
    [
      'a wider input',
      withInputs(field('a', { type: 'float32' })),
      withInputs(field('a')),
      'additive',
      ['input a is float64 instead of float32'],
    ],
    [
      'a narrower input',
      withInputs(field('a')),
      withInputs(field('a', { type: 'float32' })),
      'breaking',
      ['input a is float32 instead of float64'],
    ],
    [
      'a wider output',
      withOutputs(field('s', { type: 'float32' })),
      withOutputs(field('s')),
      'breaking',
      ['output s is float64 instead of float32'],
    ],
    [
      'a narrower output',
      withOutputs(field('s')),
      withOutputs(field('s', { type: 'float32' })),
      'additive',
      ['output s is float32 instead of float64'],
    ],
    [
      'int64 as float64',
      withInputs(field('a', { type: 'int64' })),
      withInputs(field('a')),
      'breaking',
      ['input a is float64 instead of int64'],
    ],
    [
      'another unit',
      withInputs(field('a', { unit: 'm' })),
      withInputs(field('a', { unit: 'ft' })),
      'breaking',
      ['input a is in ft instead of m'],
    ],
    [
      'an output that may be null',
      base,
      withOutputs(field('score', { nullable: true })),
      'breaking',
      ['output score may be null now'],
    ],
    ['one output more', base, withOutputs(field('score'), field('why')), 'additive', ['output why is new']],
    [
      'any length taken',
      withInputs(field('a', { shape: [-1, 4] })),
      withInputs(field('a', { shape: [-1, -1] })),
      'additive',
      ['input a has shape [-1, -1] instead of [-1, 4]'],
    ],
    [
      'a fixed length',
      withInputs(field('a', { shape: [-1, -1] })),
      withInputs(field('a', { shape: [-1, 4] })),
      'breaking',
      ['input a has shape [-1, 4] instead of [-1, -1]'],
    ],
    [
      'a new param',
      base,
      { ...base, params: [{ name: 'k', type: 'int64', default: 1 }] },
      'additive',
      ['param k is new'],
    ],
    [
      'another default',
      { ...base, params: [{ name: 'k', type: 'int64', default: 1 }] },
      { ...base, params: [{ name: 'k', type: 'int64', default: 2 }] },
      'breaking',
      ['param k has another default'],
    ],
  ])('%s', (_, before, after, effect, reasons) => {
    const found = compareSignatures(before, after)
    expect(found.effect).toBe(effect)
    expect(found.changes.map(({ reason }) => reason)).toEqual(reasons)
  })

  it('breaks nothing exactly when every row that fitted the inputs before fits after', () => {
    const type = fc.constantFrom<ValueType>('float32', 'float64', 'string')
    const fields = fc.uniqueArray(
      fc.record({ name: fc.constantFrom('a', 'b', 'c'), type, nullable: fc.boolean() }),
      { selector: ({ name }) => name, maxLength: 3 },
    )
    fc.assert(
      fc.property(fields, fields, (before, after) => {
        const { effect } = compareSignatures({ inputs: before, outputs: [] }, { inputs: after, outputs: [] })
        expect(effect !== 'breaking').toBe(rowsOf(before).every(row => fits(row, after)))
      }),
    )
  })
})

type Row = Readonly<Record<string, 'null' | 'small' | 'precise' | 'text'>>
const holds: Readonly<Record<string, readonly string[]>> = {
  float32: ['small'],
  float64: ['small', 'precise'],
  string: ['text'],
}

/** Every row of sample values that a list of fields takes. */
function rowsOf(fields: readonly SignatureField[]): Row[] {
  return fields.reduce<Row[]>(
    (rows, { name, type, nullable }) =>
      rows.flatMap(row =>
        [...(holds[type] ?? []), ...(nullable ? ['null'] : [])].map(
          value => ({ ...row, [name]: value }) as Row,
        ),
      ),
    [{}],
  )
}

/** A column that is left out is null; one that is not known is refused. */
function fits(row: Row, fields: readonly SignatureField[]): boolean {
  return (
    Object.keys(row).every(name => fields.some(each => each.name === name)) &&
    fields.every(({ name, type, nullable }) => {
      const value = row[name] ?? 'null'
      return value === 'null' ? nullable : (holds[type] ?? []).includes(value)
    })
  )
}
