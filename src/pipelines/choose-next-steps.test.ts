import fc from 'fast-check'
import { expect, test } from 'vitest'
import { runPlan, stepPlan } from '../../test/fixtures/plans.ts'
import { beginAttempt, failAttempt, leaseStep, succeedAttempt } from './attempt-changes.ts'
import type { Change } from './change.ts'
import { chooseNextSteps } from './choose-next-steps.ts'
import type { RunPlan, StepState } from './model.ts'
import type { StoredRun } from './ports.ts'
import { cancelRun, openRun, resumeRun } from './run-changes.ts'
import { isStepEnded } from './transitions.ts'

/** Plans whose steps need only earlier ones, shuffled afterwards: every acyclic graph of up to eight steps. */
const plans = fc
  .array(fc.array(fc.nat(7), { maxLength: 3 }), { minLength: 1, maxLength: 8 })
  .chain(needs =>
    fc
      .shuffledSubarray(
        needs.map((_, index) => index),
        { minLength: needs.length },
      )
      .map(order => order.map(index => step(index, needs[index] ?? []))),
  )
  .map(steps => runPlan(steps))

function step(index: number, needs: readonly number[]) {
  return stepPlan(`s${index}`, {
    after: [...new Set(needs.filter(need => need < index))].map(need => `s${need}`),
  })
}

/** The oracle: asks for one step at a time, by walking everything before it. */
function naive(plan: RunPlan, states: ReadonlyMap<string, StepState>, id: string): StepState {
  const state = states.get(id) ?? 'waiting'
  if (state !== 'waiting') return state
  const needs = (plan.steps.find(candidate => candidate.id === id)?.after ?? []).map(need =>
    naive(plan, states, need),
  )
  if (needs.every(need => need === 'succeeded' || need === 'reused')) return 'ready'
  return needs.some(need => ['failed', 'blocked', 'skipped', 'cancelled'].includes(need))
    ? 'blocked'
    : 'waiting'
}

test('what becomes ready and blocked equals the naive walk, for any states', () => {
  const anyState = fc.constantFrom<StepState>(
    'waiting',
    'waiting',
    'succeeded',
    'reused',
    'running',
    'failed',
    'cancelled',
  )
  fc.assert(
    fc.property(plans, fc.array(anyState, { minLength: 8, maxLength: 8 }), (plan, drawn) => {
      const states = new Map(plan.steps.map(({ id }, index) => [id, drawn[index] ?? 'waiting']))
      const next = chooseNextSteps(plan, states)
      const expected = (state: StepState) =>
        plan.steps
          .map(({ id }) => id)
          .filter(id => states.get(id) === 'waiting' && naive(plan, states, id) === state)
      expect([...next.ready].sort()).toEqual(expected('ready').sort())
      expect([...next.blocked].sort()).toEqual(expected('blocked').sort())
    }),
    { numRuns: 500 },
  )
})

type Command = {
  readonly kind: 'lease' | 'succeed' | 'fail' | 'lose' | 'release' | 'cancel' | 'resume'
  readonly pick: number
}

const commands = fc.array(
  fc.record({
    kind: fc.constantFrom<Command['kind']>(
      'lease',
      'lease',
      'succeed',
      'succeed',
      'fail',
      'lose',
      'release',
      'cancel',
      'resume',
    ),
    pick: fc.nat(20),
  }),
  { maxLength: 60 },
)

/** One command against a run; undefined where it does not apply. */
function apply(run: StoredRun, { kind, pick }: Command): Change | undefined {
  const choose = (state: StepState) => {
    const found = run.steps.filter(candidate => candidate.state === state)
    return found[pick % Math.max(1, found.length)]
  }
  if (kind === 'cancel') return pick === 0 ? cancelRun(run, 'me', 1n) : undefined
  if (kind === 'resume')
    return run.state === 'failed' || run.state === 'cancelled' ? resumeRun(run, 'me', 1n) : undefined
  const chosen = choose(kind === 'lease' ? 'ready' : 'running')
  if (chosen === undefined) return undefined
  if (kind === 'lease') return leaseStep(run, chosen.plan.id, { worker: 'w', now: 1n, leaseUntil: 2n })
  const ref = {
    run: run.id,
    step: chosen.plan.id,
    attempt: chosen.attempts.at(-1)?.number ?? 0,
    token: chosen.token,
  }
  if (kind === 'succeed')
    return run.state === 'cancelling'
      ? undefined
      : succeedAttempt(beginAttempt(run, { ...ref, instance: 'i' }, 1n).run, ref, {}, 1n)
  const outcome = { fail: 'failed', lose: 'lost', release: 'released' } as const
  const errorClass = kind === 'fail' ? 'user' : kind === 'lose' ? 'infra' : null
  return failAttempt(
    run,
    ref,
    { outcome: outcome[kind], errorClass, error: null },
    { now: 1n, policy: { baseMs: 0, capMs: 0 }, random: 0 },
  )
}

test('random histories: one live attempt at most, tokens grow, ended runs have ended steps, and every run can end', () => {
  fc.assert(
    fc.property(plans, commands, (plan, history) => {
      let { run } = openRun(plan, { principal: 'me', idempotencyKey: null, now: 1n })
      const check = (): void => {
        for (const { attempts, token, state } of run.steps) {
          const live = attempts.filter(attempt => attempt.state === 'leased' || attempt.state === 'running')
          expect(live.length).toBe(state === 'running' ? 1 : 0)
          expect(attempts.map(attempt => attempt.token)).toEqual(attempts.map((_, index) => index + 1))
          expect(token).toBe(attempts.length)
        }
        const ended = run.steps.every(({ state }) => isStepEnded(state))
        expect(run.finishedAt !== null).toBe(ended)
      }
      for (const command of history) {
        run = apply(run, command)?.run ?? run
        check()
      }
      for (let turns = 0; run.finishedAt === null && turns < 100; turns++) {
        run = apply(run, { kind: 'lease', pick: 0 })?.run ?? run
        run = apply(run, { kind: run.state === 'cancelling' ? 'fail' : 'succeed', pick: 0 })?.run ?? run
        check()
      }
      expect(run.finishedAt).not.toBeNull()
    }),
    { numRuns: 300 },
  )
})
