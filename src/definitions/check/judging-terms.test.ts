import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isFettleError } from '../../kernel/errors/index.ts'
import { readJudgingTerms } from './judging-terms.ts'

const example = (): unknown => {
  const page = readFileSync(new URL('../../../docs/evaluation.md', import.meta.url), 'utf8')
  return JSON.parse(/```json\n(.*?)```/s.exec(page)?.[1] ?? '')
}

test('the example of the guide is read, with what is left out', () => {
  const terms = readJudgingTerms(example(), 'contracts.json')
  expect(terms).toMatchObject({
    entity: 'customer',
    costs: { falsePositive: 1, falseNegative: 5 },
    action: { threshold: 0.4 },
  })
  expect(terms.contracts.map(({ slices, status, stage }) => [slices, status, stage])).toEqual([
    [['origin'], 'protected', 'offline'],
    [['all'], 'protected', 'offline'],
    [['all'], 'watched', 'offline'],
  ])
})

test('a deployment is read as the catalog shows it', () => {
  const shown = { kind: 'deployment', versions: [], definition: example() }
  expect(readJudgingTerms(shown, 'late.json')).toEqual(readJudgingTerms(example(), 'late.json'))
})

test('what is wrong is said by place, all of it together', () => {
  const contracts = [
    { name: 'a', claim: { form: 'atMost' } },
    { claim: { form: 'fair' }, status: 'soft', stage: 'later' },
  ]
  try {
    readJudgingTerms({ contracts, slices: 3, entity: 1, costs: {}, action: {} }, 'contracts.json')
    expect.unreachable()
  } catch (error) {
    const { problems } = (error as { details: { problems: { path: string; message: string }[] } }).details
    expect(problems.map(({ path }) => path)).toEqual([
      ...['entity', 'costs', 'action', 'slices'],
      ...['contracts[0].claim.metric', 'contracts[1].name', 'contracts[1].claim.metric'],
      ...['contracts[1].claim.column', 'contracts[1].status', 'contracts[1].stage'],
    ])
    expect(problems.every(({ path, message }) => message.startsWith(path))).toBe(true)
  }
})

/** Any part of the example replaced by any JSON. */
function replaced(value: unknown, path: readonly number[], by: unknown): unknown {
  const [first, ...rest] = path
  if (first === undefined || typeof value !== 'object' || value === null) return by
  const keys = Object.keys(value)
  const key = keys[first % Math.max(1, keys.length)]
  if (key === undefined) return by
  const changed = replaced((value as Record<string, unknown>)[key], rest, by)
  if (!Array.isArray(value)) return { ...value, [key]: changed }
  return value.map((each, index) => (String(index) === key ? changed : each))
}

test('no JSON at all breaks it: it is read, or refused with its problems', () => {
  const path = fc.array(fc.nat(10), { minLength: 1, maxLength: 5 })
  fc.assert(
    fc.property(path, fc.jsonValue({ maxDepth: 2 }), (at, by) => {
      try {
        readJudgingTerms(replaced(example(), at, by), 'contracts.json')
      } catch (error) {
        expect(isFettleError(error, 'DEFINITIONS_INVALID'), String(error)).toBe(true)
      }
    }),
    { numRuns: 3000 },
  )
})
