import { expect, test } from 'vitest'
import { runPlan, stepPlan } from '../../test/fixtures/plans.ts'
import { assertPlan, validatePlan } from './validate-plan.ts'

test('a plan that can run has no problems', () => {
  const build = stepPlan('build', { outputs: { set: 'directory' } })
  const train = stepPlan('train', { inputs: { set: { from: 'build', output: 'set' } }, after: ['build'] })
  expect(validatePlan(runPlan([train, build]))).toEqual([])
})

test('all problems come at once, each with its path', () => {
  const plan = runPlan(
    [
      stepPlan('build', { outputs: { set: 'directory' } }),
      stepPlan('build'),
      stepPlan('Train!', {
        inputs: { set: { from: 'build', output: 'sat' }, x: { from: 'nobody', output: 'y' } },
      }),
      stepPlan('late', { after: ['missing'], maxRuntime: '-1h', retry: { infra: -1, user: 0.5 } }),
      stepPlan('command', { body: { kind: 'command', argv: [] } }),
    ],
    { pipeline: 'No Name', seed: 0.5 },
  )
  const paths = validatePlan(plan).map(problem => problem.path)
  expect(paths).toEqual([
    'pipeline',
    'seed',
    'steps.build',
    'steps.Train!',
    'steps.Train!.inputs.set',
    'steps.Train!.inputs.x',
    'steps.late.maxRuntime',
    'steps.late.retry.infra',
    'steps.late.retry.user',
    'steps.late.after',
    'steps.command.body',
  ])
  expect(() => assertPlan(plan)).toThrow(/has no output "sat"/)
})

test.each([
  ['itself', [stepPlan('a', { after: ['a'] })], 'a → a'],
  ['two', [stepPlan('a', { after: ['b'] }), stepPlan('b', { after: ['a'] })], 'b → a → b'],
  [
    'behind a tail',
    [stepPlan('t', { after: ['c'] }), stepPlan('b', { after: ['c'] }), stepPlan('c', { after: ['b'] })],
    'b → c → b',
  ],
])('a cycle of %s is named', (_name, steps, cycle) => {
  expect(validatePlan(runPlan(steps)).map(problem => problem.message)).toEqual([`a cycle: ${cycle}`])
})

test('NaN in parameters, no steps, and too many steps are refused', () => {
  expect(validatePlan(runPlan([stepPlan('a', { params: { rate: Number.NaN } })]))[0]?.message).toMatch(/NaN/)
  expect(validatePlan(runPlan([]))[0]?.message).toMatch(/at least one/)
  expect(
    validatePlan(runPlan(Array.from({ length: 2001 }, (_, index) => stepPlan(`s${index}`))))[0]?.message,
  ).toMatch(/2001 steps/)
})
