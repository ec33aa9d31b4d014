import { expect, it } from 'vitest'
import type { SourceData, SourceLocation } from '../../definitions/model.ts'
import { engineGaps } from './engine-gaps.ts'

const source = (from: SourceLocation): SourceData => ({
  kind: 'source',
  name: 's',
  from,
  columns: [],
  eventTime: null,
  knownAt: { kind: 'event' },
})

it('finds checks that an engine cannot run', () => {
  const checks = ['unique', 'unexpected_rows'].map(
    check => ({ check, name: check, columns: [], params: {}, severity: 'warn' }) as const,
  )
  const [gap, ...others] = engineGaps({ ...spark, withoutChecks: ['unexpected_rows'] }, [
    { ...source({ kind: 'parquet', path: 'x' }), checks },
  ])
  expect(gap).toMatchObject({ code: 'ENGINE_UNSUPPORTED', source: 's' })
  expect(gap?.message).toContain('check "unexpected_rows" of source "s"')
  expect(others).toEqual([])
})

const spark = { dialect: 'spark', sources: ['parquet', 'csv', 'sql'] } as const

it.each<[SourceLocation, string | undefined]>([
  [{ kind: 'parquet', path: 'x' }, undefined],
  [{ kind: 'push' }, undefined],
  [{ kind: 'postgres', url: 'U', table: 't' }, 'ENGINE_UNSUPPORTED'],
  [{ kind: 'sql', dialect: 'duckdb', parts: ['SELECT 1'] }, 'DIALECT_MISSING'],
  [{ kind: 'sql', dialect: 'duckdb', parts: ['SELECT 1'], spark: ['SELECT 1'] }, undefined],
])('finds what an engine cannot read: %j', (from, code) => {
  expect(engineGaps(spark, [source(from)]).map(gap => gap.code)).toEqual(code === undefined ? [] : [code])
})
