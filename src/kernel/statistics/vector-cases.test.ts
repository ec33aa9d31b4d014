import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { isFettleError } from '../errors/index.ts'
import { statisticsCases } from './vector-cases.ts'

interface Case {
  readonly id: string
  readonly in: Record<string, never>
  readonly out: unknown
  readonly tolerance?: { readonly abs: number; readonly rel: number }
}

const folder = new URL('../../../test/vectors/statistics/', import.meta.url)

function closeTo(actual: unknown, expected: unknown, tolerance: { abs: number; rel: number }): boolean {
  if (typeof expected === 'number') {
    return (
      typeof actual === 'number' &&
      Math.abs(actual - expected) <= Math.max(tolerance.abs, tolerance.rel * Math.abs(expected))
    )
  }
  if (Array.isArray(expected)) {
    return (
      Array.isArray(actual) &&
      actual.length === expected.length &&
      expected.every((item, index) => closeTo(actual[index], item, tolerance))
    )
  }
  if (expected === null || typeof expected !== 'object') return actual === expected
  const found = actual as Record<string, unknown>
  return Object.entries(expected).every(([key, value]) => closeTo(found[key], value, tolerance))
}

function answer(item: Case): unknown {
  try {
    return statisticsCases[item.in['test'] ?? '']?.(item.in)
  } catch (error) {
    if (isFettleError(error)) return { error: error.code }
    throw error
  }
}

test.each(['classification', 'calibration', 'intervals'])('known answers of %s', name => {
  const file = new URL(`${name}.json`, folder)
  expect(existsSync(file), 'test/vectors holds the known answers').toBe(true)
  const { cases, tolerance } = JSON.parse(readFileSync(file, 'utf8')) as {
    cases: Case[]
    tolerance: { abs: number; rel: number }
  }
  const known = cases.filter(item => statisticsCases[item.in['test'] ?? ''])
  const wrong = known
    .map(item => ({
      id: item.id,
      expected: item.out,
      actual: answer(item),
      tolerance: item.tolerance ?? tolerance,
    }))
    .filter(item => item.actual !== undefined && !closeTo(item.actual, item.expected, item.tolerance))
  expect(wrong).toEqual([])
  expect(known.length).toBeGreaterThan(10)
})
