import { describe, expect, it } from 'vitest'
import type { OnDemandData } from '../../definitions/model.ts'
import type { Value, ValueType } from '../../kernel/values/model.ts'
import { compileOnDemand } from './compile.ts'

function define(
  compute: string,
  inputs: Record<string, ValueType> = { a: 'float64' },
  outputs: Record<string, ValueType> = { x: 'float64' },
): OnDemandData {
  return {
    kind: 'onDemand',
    name: 'ratio',
    inputs: Object.entries(inputs).map(([name, type]) => ({ name, from: 'request', type })),
    outputs: Object.entries(outputs).map(([name, type]) => ({ name, type })),
    compute,
  }
}
function run(
  compute: string,
  inputs: Record<string, Value>,
  types?: Record<string, ValueType>,
  outputs?: Record<string, ValueType>,
) {
  return compileOnDemand(define(compute, types, outputs))(inputs)
}
const refuses = (compute: string, code: string) =>
  expect(() => run(compute, { a: 1 })).toThrowError(expect.objectContaining({ code }))

describe('compileOnDemand', () => {
  it('computes from inputs, null included', () => {
    const ratio = compileOnDemand(define('i => ({ x: i.a === null ? null : i.a / 2 })'))
    expect([ratio({ a: 3 }), ratio({ a: null }), ratio({})]).toEqual([{ x: 1.5 }, { x: null }, { x: null }])
  })

  it('takes every way to write a function', () => {
    for (const text of [
      'function (i) { return { x: i.a } }',
      'compute(i) { return { x: i.a } }',
      '({ a }) => ({ x: a })',
      'i => {\n return { x: i.a } // done\n}',
    ]) {
      expect(run(text, { a: 7 })).toEqual({ x: 7 })
    }
  })

  it('gives int64 as number while exact, else as bigint, and takes both back', () => {
    const types = { n: 'int64' } as const
    expect(run('i => ({ x: i.n + 1 })', { n: 41n }, types, { x: 'int64' })).toEqual({ x: 42n })
    expect(run('i => ({ x: i.n - 1n })', { n: 2n ** 63n - 1n }, types, { x: 'int64' })).toEqual({
      x: 2n ** 63n - 2n,
    })
    expect(() => run('i => ({ x: i.n + 0.5 })', { n: 1n }, types, { x: 'int64' })).toThrowError(
      expect.objectContaining({ code: 'ONDEMAND_BAD_OUTPUT' }),
    )
  })

  it('passes decimals as text, lists and bytes as values of its own realm', () => {
    expect(run('i => ({ x: i.d })', { d: -5n }, { d: 'decimal(10,2)' }, { x: 'string' })).toEqual({
      x: '-0.05',
    })
    expect(
      run(
        'i => ({ x: i.l.length + i.b[1] })',
        { l: [1, 2], b: Uint8Array.of(1, 9) },
        { l: 'list<float64>', b: 'bytes' },
      ),
    ).toEqual({ x: 11 })
  })

  it.each([
    ['undefined', 'i => ({ x: undefined })'],
    ['missing', 'i => ({})'],
    ['text', 'i => ({ x: "1" })'],
    ['extra', 'i => ({ x: 1, y: 2 })'],
    ['nothing', 'i => {}'],
    ['a list', 'i => [1]'],
  ])('refuses an output that is %s', (_, text) => refuses(text, 'ONDEMAND_BAD_OUTPUT'))

  it.each([
    'i => ({ x: process.pid })',
    'i => ({ x: Date.now() })',
    'i => ({ x: +new Date() })',
    'i => ({ x: Math.random() })',
    'i => { fetch("x"); return { x: 1 } }',
    'i => ({ x: require("fs") })',
    'i => { setTimeout(() => 1); return { x: 1 } }',
    'i => ({ x: eval("1") })',
    'i => ({ x: new Function("return 1")() })',
    'i => import("fs")',
    'async i => ({ x: 1 })',
    'i => ({ x: (() => 1).constructor("return 1")() })',
    'i => ({ x: Math["ran" + "dom"]() })',
    'not a function',
  ])('refuses %s', text => refuses(text, 'ONDEMAND_FORBIDDEN'))

  it('keeps ours out of reach: no value leads to the realm outside', () => {
    for (const path of ['i.constructor', 'i.l.constructor', 'i.b.constructor', 'arguments.callee']) {
      const text = `function (i) { return { x: ${path}.constructor("return typeof process")() } }`
      expect(() =>
        run(text, { l: [1], b: Uint8Array.of(1) }, { l: 'list<float64>', b: 'bytes' }, { x: 'string' }),
      ).toThrowError(/ONDEMAND|on-demand/)
    }
  })

  it('does not mistake names in strings, comments, members and own variables for the world outside', () => {
    const text =
      'i => { /* process */ const fetch = i.a; const o = { process: 1 }; return { x: fetch + o.process + "Date.now".length } }'
    expect(run(text, { a: 1 })).toEqual({ x: 10 })
  })

  it('says in which line of the user’s text it threw', () => {
    const fails = compileOnDemand(
      define(
        'i => {\n  const wanted = i.a\n  if (wanted > 1) throw new Error("too much")\n  return { x: wanted }\n}',
      ),
    )
    expect(fails({ a: 1 })).toEqual({ x: 1 })
    expect(() => fails({ a: 2 })).toThrowError(
      expect.objectContaining({
        code: 'ONDEMAND_THREW',
        message: expect.stringContaining('in line 3: too much'),
      }),
    )
  })

  it('survives hostile throws', () => {
    for (const text of [
      'i => { throw null }',
      'i => { throw 1 }',
      'i => { throw { get message() { throw 1 } } }',
      'i => { const f = () => f(); f() }',
    ])
      refuses(text, 'ONDEMAND_THREW')
  })

  it('ends a function that never ends', () => refuses('i => { while (true) {} }', 'ONDEMAND_TIMEOUT'))

  it('allows dates with a zone, in UTC', () => {
    expect(
      run('i => ({ x: new Date(i.t / 1000).getUTCHours() })', { t: 3_600_000_000n }, { t: 'timestamp' }),
    ).toEqual({ x: 1 })
  })
})
