import { expect, test } from 'vitest'
import { stepPlan } from '../../test/fixtures/plans.ts'
import { classifyEnd, type EndedStep } from './classify-error.ts'
import type { AttemptState, ErrorClass } from './model.ts'
import type { StoredAttempt } from './ports.ts'
import { decideRetry, defaultRetryPolicy } from './retry.ts'

const ended: EndedStep = {
  stopped: null,
  maxRuntime: '6h',
  reported: null,
  end: { exitCode: 1, signal: null, outOfMemory: false },
}
const reported = { code: 'EMPTY_SPINE', message: 'm', hint: 'h', details: {}, errorClass: null }
const killed = { exitCode: null, signal: 'SIGKILL', outOfMemory: false }

test.each([
  ['our cancel goes before all else', { stopped: 'cancel', reported }, 'cancelled', null],
  ['our time limit', { stopped: 'timeout', end: killed }, 'timed_out', 'timeout'],
  ['what the step reported, by its code', { reported, end: killed }, 'failed', 'data'],
  [
    'what the step reported, by its own class',
    { reported: { ...reported, errorClass: 'bug' } },
    'failed',
    'bug',
  ],
  ['an unknown code is the user’s', { reported: { ...reported, code: 'MINE' } }, 'failed', 'user'],
  ['exit 65', { end: { ...ended.end, exitCode: 65 } }, 'failed', 'data'],
  ['exit 69', { end: { ...ended.end, exitCode: 69 } }, 'failed', 'infra'],
  ['exit 75', { end: { ...ended.end, exitCode: 75 } }, 'failed', 'infra'],
  ['exit 78', { end: { ...ended.end, exitCode: 78 } }, 'failed', 'user'],
  ['any other exit', {}, 'failed', 'user'],
  ['SIGKILL unexplained', { end: killed }, 'failed', 'infra'],
  ['SIGKILL for memory', { end: { ...killed, outOfMemory: true } }, 'failed', 'user'],
  ['SIGSEGV', { end: { ...killed, signal: 'SIGSEGV' } }, 'failed', 'user'],
] as const)('%s', (_name, change, outcome, errorClass) => {
  expect(classifyEnd({ ...ended, ...change } as EndedStep)).toMatchObject({ outcome, errorClass })
})

function attempts(
  ...ends: readonly (readonly [AttemptState, ErrorClass | null])[]
): readonly StoredAttempt[] {
  return ends.map(([state, errorClass], index) => ({
    number: index + 1,
    state,
    errorClass,
    token: index + 1,
    worker: 'w',
    startedAt: 0n,
    finishedAt: 0n,
    leaseUntil: 0n,
    error: null,
    instance: null,
  }))
}

const step = stepPlan('a', { retry: { infra: 2, user: 1 } })
const options = { policy: defaultRetryPolicy, random: 0.5 }

test.each([
  ['first infra failure waits half of 10 s', attempts(['failed', 'infra']), { retry: true, waitMs: 5_000 }],
  [
    'second waits half of 20 s',
    attempts(['failed', 'infra'], ['failed', 'infra']),
    { retry: true, waitMs: 10_000 },
  ],
  [
    'third is over the budget',
    attempts(['failed', 'infra'], ['lost', 'infra'], ['failed', 'infra']),
    { retry: false, blame: false },
  ],
  [
    'classes have budgets of their own',
    attempts(['failed', 'infra'], ['failed', 'infra'], ['failed', 'user']),
    { retry: true, waitMs: 5_000 },
  ],
  ['data errors are never retried', attempts(['failed', 'data']), { retry: false, blame: false }],
  ['a bug is retried once', attempts(['failed', 'bug'], ['failed', 'bug']), { retry: false, blame: false }],
  [
    'three losses in a row blame the step',
    attempts(['lost', 'infra'], ['lost', 'infra'], ['lost', 'infra']),
    { retry: false, blame: true },
  ],
  [
    'losses with another end between do not',
    attempts(['lost', 'infra'], ['failed', 'user'], ['lost', 'infra']),
    { retry: true, waitMs: 10_000 },
  ],
])('retry: %s', (_name, list, decision) => {
  expect(decideRetry(step, list, options)).toEqual(decision)
})

test('the wait is capped', () => {
  const many = attempts(
    ...Array.from({ length: 30 }, (_, index) => [index % 2 ? 'failed' : 'lost', 'infra'] as const),
  )
  expect(
    decideRetry(stepPlan('a', { retry: { infra: 99, user: 0 } }), many, { ...options, random: 0.999 }),
  ).toMatchObject({ waitMs: 599_400 })
})
