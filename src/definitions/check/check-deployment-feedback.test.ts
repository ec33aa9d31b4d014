import { describe, expect, it } from 'vitest'
import { fraud, payments, screen, shop, spending } from '../../../test/support/screened-payments.ts'
import { checkProject, constant, deployment, type FeedbackData, feedback } from '../index.ts'

function problemsOf(...kinds: readonly FeedbackData[]) {
  const live = deployment('live', { model: screen, fallback: constant(0), feedback: kinds })
  const definitions = [shop, payments, spending, fraud, screen, live]
  return checkProject({ name: 'shops', definitions, locations: {} }).map(({ path, message, hint }) => [
    path,
    `${message} ${hint}`,
  ])
}
const label = feedback('fraud', { is: 'label' })

describe('feedback', () => {
  it('of every kind, with all it may say, has no problems', () => {
    expect(
      problemsOf(
        feedback('fraud', { is: 'label', within: '7d', sources: ['bank', 'demo'] }),
        feedback('right', { is: 'yes-no' }),
        feedback('fixed', { is: 'correction' }),
        feedback('lost', { is: 'outcome', unit: 'EUR', range: { from: -5, to: 5 } }),
      ),
    ).toEqual([])
  })

  it.each<readonly [string, readonly FeedbackData[], string, RegExp]>([
    ['a name that is none', [feedback('Is fraud', { is: 'label' })], 'feedback[0].name', /no name/],
    ['a name twice', [label, feedback('fraud', { is: 'outcome' })], 'feedback[1].name', /twice/],
    ['a window that is none', [{ ...label, within: 'soon' }], 'feedback[0].within', /duration/],
    ['a label with a range', [{ ...label, range: { from: 0, to: 5 } }], 'feedback[0].range', /0 or 1/],
    [
      'a range the wrong way round',
      [feedback('lost', { is: 'outcome', range: { from: 5, to: -5 } })],
      'feedback[0].range',
      /from below to/,
    ],
    ['no sources', [{ ...label, sources: [] }], 'feedback[0].sources', /nothing would count/],
    ['a source twice', [{ ...label, sources: ['a', 'a'] }], 'feedback[0].sources', /listed twice/],
    ['a source that is no name', [{ ...label, sources: ['The Bank'] }], 'feedback[0].sources', /no name/],
  ])('%s is a problem', (_, kinds, path, said) => {
    expect(problemsOf(...kinds)).toEqual([[path, expect.stringMatching(said)]])
  })
})
