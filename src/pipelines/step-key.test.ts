import { expect, test } from 'vitest'
import { runPlan, stepPlan } from '../../test/fixtures/plans.ts'
import { diffParts, explainStep } from './explain.ts'
import { stepKey, stepKeyParts } from './step-key.ts'

const step = stepPlan('train', { params: { depth: 6 }, code: 'sha256:a', environment: 'env_1' })
const parts = stepKeyParts(runPlan([step], { seed: 7 }), step, { set: 'sha256:set' })

test('the published vector: the key is the hash of the canonical parts', () => {
  expect(parts).toEqual({
    id: 'demo/train',
    code: 'sha256:a',
    params: { values: { depth: 6 }, seed: 7, body: { action: 'noop' } },
    inputs: { set: 'sha256:set' },
    env: 'env_1',
    engine: null,
  })
  expect(stepKey(parts)).toBe('sha256:eca017288c1482d5b560230d862d47f45439c972f58026fc4fcdff5557f3a31a')
})

test('titles, limits and order of members are not in the key; every part is', () => {
  const renamed = {
    ...step,
    title: 'Other',
    maxRuntime: '2h',
    retry: { infra: 0, user: 3 },
    after: ['x'],
    params: { depth: 6, gone: undefined },
  }
  expect(
    stepKey(stepKeyParts(runPlan([renamed], { seed: 7, title: 'T' }), renamed, { set: 'sha256:set' })),
  ).toBe(stepKey(parts))
  const changes = [
    { id: 'demo/other' },
    { code: 'sha256:b' },
    { params: {} },
    { inputs: {} },
    { env: 'none' },
    { engine: 'duckdb@1' },
  ]
  expect(new Set([parts, ...changes.map(change => ({ ...parts, ...change }))].map(stepKey)).size).toBe(
    changes.length + 1,
  )
})

test('differences come in the order of the parts, by path', () => {
  const after = {
    ...parts,
    code: 'sha256:b',
    params: { values: { depth: 8, leaves: 31 }, seed: 7, body: { action: 'noop' } },
  }
  expect(diffParts(parts, after)).toEqual([
    { path: 'code', before: 'sha256:a', after: 'sha256:b' },
    { path: 'params.values.depth', before: 6, after: 8 },
    { path: 'params.values.leaves', before: null, after: 31 },
  ])
})

const facts = {
  policy: 'unchanged',
  reusable: true,
  state: 'succeeded',
  reusedFrom: null,
  parts,
  precedent: { run: 'prn_1', finishedAt: 1n, key: 'k', keyParts: parts },
} as const

test.each([
  ['policy', { policy: 'never' }, 'ran'],
  ['side effects', { reusable: false }, 'ran'],
  ['first run', { precedent: undefined }, 'ran'],
  ['output missing', {}, 'ran'],
  [
    'params',
    {
      parts: { ...parts, params: { values: { depth: 8 }, seed: 7, body: { action: 'noop' } }, env: 'env_2' },
    },
    'ran',
  ],
  ['env', { parts: { ...parts, env: 'env_2' } }, 'ran'],
  ['unchanged', { state: 'reused', reusedFrom: 'prn_1' }, 'reused'],
  ['not decided', { state: 'waiting', parts: null }, 'pending'],
] as const)('explain: %s', (reason, change, outcome) => {
  expect(explainStep({ ...facts, ...change })).toMatchObject({ reason, outcome })
})

test('explain names the first difference in one sentence', () => {
  const changed = { ...parts, params: { values: { depth: 8 }, seed: 7, body: { action: 'noop' } } }
  expect(explainStep({ ...facts, parts: changed })).toMatchObject({
    text: 'params changed: params.values.depth 6 → 8',
    against: 'prn_1',
  })
})
