import { describe, expect, it } from 'vitest'
import { fraud, payments, screen, shop, spending } from '../../../test/support/screened-payments.ts'
import type { DeploymentOptions } from '../deployment.ts'
import { checkProject, constant, deployment, holdback, naive, rollout, rule, within } from '../index.ts'

type Options = Partial<DeploymentOptions<{ amount: number; shop: string }>>

function problemsOf(options: Options) {
  const action = { name: 'block', threshold: 0.5 }
  const live = deployment('live', { model: screen, fallback: constant(0), action, ...options })
  const definitions = [shop, payments, spending, fraud, screen, live]
  return checkProject({ name: 'shops', definitions, locations: {} }).map(({ code, path, message, hint }) => ({
    ...{ code, path },
    said: `${message} ${hint}`,
  }))
}

describe('a rollout', () => {
  it('as it is by default has no problems, nor has one that says everything', () => {
    expect(problemsOf({ rollout: rollout() })).toEqual([])
    expect(
      problemsOf({
        rollout: rollout({
          canary: [0.5, 100],
          stepTime: ['10s', '20s'],
          unit: ['shop'],
          pins: [{ unit: ['test'], arm: 'challenger' }],
          exclude: column => ({ column: column('country').column, op: 'eq', value: 'US' }) as never,
        }),
        holdback: holdback(2),
        fallback: constant(0.1, rule('big', [], 0.2), naive('paid', { scale: 0.01 })),
        contracts: [within('action_rate', { margin: 0.01 }).at('shadow')],
      }).filter(({ path }) => path !== 'rollout.exclude'),
    ).toEqual([])
  })

  it.each<readonly [string, Options, string, RegExp]>([
    ['no steps', { rollout: rollout({ canary: [] }) }, 'rollout.canary', /do not rise/],
    ['steps that fall', { rollout: rollout({ canary: [5, 1] }) }, 'rollout.canary', /rising order/],
    ['a step of nothing', { rollout: rollout({ canary: [0, 1] }) }, 'rollout.canary', /above 0/],
    ['more than all', { rollout: rollout({ canary: [101] }) }, 'rollout.canary', /at most 100/],
    ['a step between buckets', { rollout: rollout({ canary: [0.005] }) }, 'rollout.canary', /0\.01 %/],
    [
      'times for other steps',
      { rollout: { ...rollout(), stepTime: ['1h'] } },
      'rollout.stepTime',
      /4 steps and 1 times/,
    ],
    ['a time that is none', { rollout: { ...rollout(), look: 'often' } }, 'rollout.look', /duration/],
    [
      'a limit before the end',
      { rollout: rollout({ probation: '28d', probationLimit: '14d' }) },
      'rollout.probationLimit',
      /at least as long/,
    ],
    ['an unknown unit', { rollout: rollout({ unit: ['shopp'] }) }, 'rollout.unit', /Nearest: shop/],
    ['no unit', { rollout: rollout({ unit: [] }) }, 'rollout.unit', /entity keys/],
    [
      'a pin of another form',
      { rollout: rollout({ unit: ['shop'], pins: [{ unit: ['a', 'b'], arm: 'champion' }] }) },
      'rollout.pins',
      /2 parts/,
    ],
    ['no share', { rollout: rollout({ shadowShare: 0 }) }, 'rollout.shadowShare', /above 0/],
    ['half a person', { rollout: rollout({ approvals: 0.5 }) }, 'rollout.approvals', /whole number/],
    [
      'somebody else',
      { rollout: { ...rollout(), advance: 'robot' as never } },
      'rollout.advance',
      /'person' or 'rule'/,
    ],
    ['most held back', { holdback: holdback(51) }, 'holdback.percent', /at most 50/],
    ['nobody held back', { holdback: holdback(0) }, 'holdback.percent', /above 0/],
    [
      'a contract on traffic without one',
      { contracts: [within('action_rate', { margin: 0.01 }).at('canary')] },
      'contracts.action_rate_within_at_canary.stage',
      /rollout\(\)/,
    ],
    [
      'a fallback on a column that is not there',
      { fallback: constant(0, naive('payd')) },
      'fallback.before[0].column',
      /Nearest: paid/,
    ],
    [
      'a rule that answers no probability',
      { fallback: constant(0, rule('all', [], 2)) },
      'fallback.before[0].otherwise',
      /outside \[0, 1\]/,
    ],
  ])('%s', (_what, options, path, said) => {
    const found = problemsOf(options)
    expect(found.map(problem => problem.path)).toContain(path)
    expect(found.find(problem => problem.path === path)?.said).toMatch(said)
  })
})
