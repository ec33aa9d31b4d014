import { afterAll, beforeAll, expect, it } from 'vitest'
import { bundleSource } from '../../../test/support/bundle.ts'
import { type FeatureFront, startFeatureFront } from '../../../test/support/feature-front.ts'
import type { OnDemandData } from '../../definitions/model.ts'
import { workerRunner } from '../../features/index.ts'

const define = (name: string, compute: string): OnDemandData => ({
  kind: 'onDemand',
  name,
  inputs: [
    { name: 'rate', from: 'feature', lookup: 'ride_state', feature: 'rate', type: 'float64' },
    { name: 'factor', from: 'request', type: 'float64' },
  ],
  outputs: [{ name: `${name}_x`, type: 'float64' }],
  compute,
})
const functions = {
  throws:
    '({ factor }) => { if (factor > 1) throw new Error("no more than 1"); return { throws_x: factor } }',
  loops: '({ factor }) => { while (factor > 1) {} return { loops_x: factor } }',
  allocates:
    '({ factor }) => { const kept = []; while (factor > 1) kept.push(new Array(100000).fill(factor)); return { allocates_x: factor } }',
  calls: '({ factor }) => { fetch("http://127.0.0.1:1/"); return { calls_x: factor } }',
  reaches: '({ factor }) => ({ reaches_x: globalThis["pro" + "cess"].pid + factor })',
  lies: '({ factor }) => ({ lies_x: factor > 1 ? "two" : factor })',
  honest: '({ rate, factor }) => ({ honest_x: rate * factor })',
}

const bundle = await bundleSource("import './src/features/on-demand/worker-main.ts'")
const worker = workerRunner(bundle.path)
let front: FeatureFront

beforeAll(async () => {
  const onDemand = Object.entries(functions).map(([name, text]) => define(name, text))
  front = await startFeatureFront({ onDemand }, worker)
  const rows = { driver_id: [1, 2], at: ['2026-03-01T11:59:00Z', '2026-03-01T11:59:00Z'], trips: [7, 8] }
  const pushed = { source: 'rides', columns: { ...rows, rate: [0.5, 0.25], gone: [null, null] } }
  expect((await front.call('POST', '/features/write', pushed)).status).toBe(200)
})
afterAll(async () => {
  await front.close()
  await worker.close()
  bundle.remove()
})

const read = (name: string, factors: readonly number[]) =>
  front.call('POST', '/features/read', {
    features: ['ride_state:trips', `${name}:${name}_x`],
    entities: { driver: factors.map((_, row) => row + 1) },
    request: { factor: factors },
  })

it.each([
  ['throws', 'ONDEMAND_THREW', /no more than 1/],
  ['loops', 'ONDEMAND_TIMEOUT', /longer than 50 ms/],
  ['lies', 'ONDEMAND_BAD_OUTPUT', /float64/],
])('the row whose function %s has an error, the others are answered', async (name, code, message) => {
  const { status, json } = await read(name, [1, 2])
  expect(status).toBe(200)
  expect(json.columns).toMatchObject([
    { values: [7, 8], status: 'P' },
    { values: [1, null], status: 'PE' },
  ])
  expect(json.errors).toEqual([
    { column: `${name}_x`, row: 1, code, message: expect.stringMatching(message) },
  ])
})

it.each(['calls', 'reaches'])('%s is refused, for every row and every time', async name => {
  for (let time = 0; time < 2; time++) {
    const { status, json } = await read(name, [1, 2])
    expect([status, json.columns[0].status, json.columns[1].status]).toEqual([200, 'P', 'E'])
    expect(json.errors.map((each: { code: string }) => each.code)).toEqual(
      new Array(2).fill('ONDEMAND_FORBIDDEN'),
    )
  }
})

it('a function that fills its memory ends alone: requests beside and after it are answered', async () => {
  const [hungry, beside, alive] = await Promise.all([
    read('allocates', [2]),
    read('honest', [3, 4]),
    front.call('POST', '/features/read', { features: ['ride_state:trips'], entities: { driver: [1] } }),
  ])
  expect([hungry.status, hungry.json.columns[0].status, hungry.json.columns[1].status]).toEqual([
    200,
    'P',
    'E',
  ])
  expect(hungry.json.errors[0].code).toMatch(/^ONDEMAND_(THREW|TIMEOUT)$/)
  expect(beside.json.columns[1]).toMatchObject({ values: [1.5, 1], status: 'P' })
  expect(alive.json.columns[0].values).toEqual([7])
  expect((await read('allocates', [1])).json.columns[1].values).toEqual([1])
})

it('while a function loops, reads without functions are answered', async () => {
  const looping = read('loops', [2, 2, 2])
  let done = false
  void looping.then(() => {
    done = true
  })
  const quick = await front.call('POST', '/features/read', {
    features: ['ride_state:trips'],
    entities: { driver: [2] },
  })
  expect([quick.json.columns[0].values, done]).toEqual([[8], false])
  expect((await looping).json.columns[1].status).toBe('E')
})
