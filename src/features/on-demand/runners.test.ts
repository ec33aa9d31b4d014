import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { bundleSource } from '../../../test/support/bundle.ts'
import type { OnDemandData } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Value, ValueType } from '../../kernel/values/model.ts'
import { inProcessRunner } from './runner.ts'
import { workerRunner } from './worker-runner.ts'

function define(compute: string, inputs: Record<string, ValueType> = { a: 'float64' }): OnDemandData {
  return {
    kind: 'onDemand',
    name: 'f',
    inputs: Object.entries(inputs).map(([name, type]) => ({ name, from: 'request', type })),
    outputs: [{ name: 'x', type: 'float64' }],
    compute,
  }
}
const codes = (outcomes: readonly unknown[]) =>
  outcomes.map(each => (each instanceof FettleError ? each.code : (each as { x: Value }).x))

const bundle = await bundleSource("import './src/features/on-demand/worker-main.ts'")
const worker = workerRunner(bundle.path)
afterAll(async () => {
  await worker.close()
  bundle.remove()
})

describe.each([
  ['in process', inProcessRunner()],
  ['in a thread', worker],
])('a runner %s', (_, runner) => {
  it('gives an outcome for each row, in order', async () => {
    const call = runner.prepare(
      define('i => { if (i.a === 2) throw new Error("two"); return { x: i.a / 2 } }'),
    )
    expect(codes(await call([{ a: 1 }, { a: 2 }, { a: null }, { a: 3 }]))).toEqual([
      0.5,
      'ONDEMAND_THREW',
      0,
      1.5,
    ])
    expect(await call([])).toEqual([])
  })

  it('passes every type there and back to the bit', async () => {
    const call = runner.prepare({
      ...define('i => i', { n: 'int64', b: 'bytes', l: 'list<float64>', s: 'string', d: 'decimal(38,2)' }),
      outputs: [
        { name: 'n', type: 'int64' },
        { name: 'b', type: 'bytes' },
        { name: 'l', type: 'list<float64>' },
        { name: 's', type: 'string' },
        { name: 'd', type: 'decimal(38,2)' },
      ],
    })
    const row = { n: 2n ** 63n - 1n, b: Uint8Array.of(0, 255), l: [-0, Number.NaN, null], s: '𝄞', d: -5n }
    const [out] = await call([row])
    expect(out).toEqual(row)
    expect(Object.is((out as { l: number[] }).l[0], -0)).toBe(true)
  })

  it('ends the row that never ends and goes on with the others', async () => {
    const call = runner.prepare(define('i => { while (i.a === 2) {} return { x: i.a } }'))
    expect(codes(await call([{ a: 1 }, { a: 2 }, { a: 3 }]))).toEqual([1, 'ONDEMAND_TIMEOUT', 3])
  })

  it('gives up a batch at its third endless row', async () => {
    const call = runner.prepare(define('i => { while (i.a > 1) {} return { x: i.a } }'))
    const out = codes(await call([{ a: 1 }, { a: 2 }, { a: 2 }, { a: 2 }, { a: 1 }]))
    expect(out).toEqual([1, ...new Array(4).fill('ONDEMAND_TIMEOUT')])
  })

  it.each(['i => ({ x: fetch("http://localhost") })', 'i => ({ x: new Float64Array(9)[0] })', 'nonsense'])(
    'refuses %s as a whole',
    async text => {
      const outcome = await runner
        .prepare(define(text))([{ a: 1 }])
        .then(codes, (error: FettleError) => [error.code])
      expect(outcome).toEqual(['ONDEMAND_FORBIDDEN'])
    },
  )
})

describe('a thread', () => {
  it('is replaced when a function fills its memory; others are unharmed', async () => {
    const hungry = worker.prepare(
      define(
        'i => { const kept = []; while (i.a === 1) kept.push(new Array(10000).fill(i.a)); return { x: 0 } }',
      ),
    )
    const fine = worker.prepare(define('i => ({ x: i.a })'))
    const [first, second, third] = await Promise.all([
      hungry([{ a: 1 }]),
      fine([{ a: 7 }]),
      hungry([{ a: 0 }]),
    ])
    expect(codes(first ?? [])[0]).toMatch(/ONDEMAND_(THREW|TIMEOUT)/)
    expect([codes(second ?? []), codes(third ?? [])]).toEqual([[7], [0]])
  })

  it('computes what the process computes', async () => {
    const text = 'i => ({ x: i.a === null ? null : Math.sin(i.a) * Number(i.n) })'
    const definition = define(text, { a: 'float64', n: 'int64' })
    const [here, there] = [inProcessRunner().prepare(definition), worker.prepare(definition)]
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ a: fc.option(fc.double()), n: fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n) })),
        async rows => {
          expect(await there(rows)).toEqual(await here(rows))
        },
      ),
      { numRuns: 100 },
    )
  })
})
