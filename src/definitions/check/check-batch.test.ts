import { describe, expect, it } from 'vitest'
import * as features from '../../../examples/flights/definitions/features.ts'
import * as late from '../../../examples/flights/definitions/late.ts'
import { live } from '../../../examples/flights/definitions/late.ts'
import * as sources from '../../../examples/flights/definitions/sources.ts'
import { type BatchOptions, batch } from '../batch.ts'
import type { BatchData, Definition } from '../model.ts'
import { csv, duckdbTable, parquet, postgresTable } from '../source.ts'
import { checkProject } from './check-project.ts'

const isDefinition = (value: unknown): value is Definition =>
  typeof value === 'object' && value !== null && 'kind' in value && 'name' in value
const others = [late, features, sources].flatMap(module => Object.values(module).filter(isDefinition))
const whole: BatchOptions = {
  deployment: live as never,
  rows: sources.flights as never,
  to: parquet('scores'),
}

/** Problems of a batch in a project that has none. */
function problems(options: Partial<BatchOptions>, name = 'nightly', change: Partial<BatchData> = {}) {
  const made = { ...batch(name, { ...whole, ...options }), ...change }
  const definitions = [...others, made]
  return checkProject({ name: 'flights', definitions, locations: {} })
    .filter(({ ref }) => ref.startsWith('batch:'))
    .map(({ code, path }) => `${code} ${path}`)
}

describe('a batch', () => {
  it('is data with its defaults', () => {
    expect(batch('nightly', whole)).toMatchObject({
      ...{ kind: 'batch', name: 'nightly', deployment: 'late', rows: { source: 'flights' }, asOf: 'row' },
      ...{ columns: [], to: { kind: 'parquet', path: 'scores' }, maxBadRate: 0.001, log: true },
    })
  })

  it.each<[string, Partial<BatchOptions>]>([
    ['of a source', {}],
    ['of a training set', { rows: late.lateFlights as never }],
    ['into DuckDB, at the run', { to: duckdbTable('a.duckdb', 't'), asOf: 'run', schedule: 'daily' }],
    ['into Postgres, at an instant', { to: postgresTable('URL', 't'), asOf: '2001-05-08T00:00:00Z' }],
    ['with columns', { columns: ['flight_id', 'origin'] }],
  ])('%s has no problems', (_what, options) => expect(problems(options)).toEqual([]))

  it.each<[string, Partial<BatchOptions>, string]>([
    ['a column that is not there', { columns: ['flight'] }, 'COLUMN_UNKNOWN columns'],
    ['a schedule that is none', { schedule: 'at noon' }, 'BAD_SCHEDULE schedule'],
    ['an instant that is none', { asOf: 'yesterday' }, 'BAD_PARAMETER asOf'],
    ['a target that is none', { to: csv('scores.csv') as never }, 'BAD_PARAMETER to'],
    ['a share above 1', { maxBadRate: 2 }, 'BAD_PARAMETER maxBadRate'],
  ])('%s is named', (_what, options, problem) => expect(problems(options)).toEqual([problem]))

  it('what it refers to must be exported, and its pipeline must be its own', () => {
    expect(problems({}, 'nightly', { deployment: 'later', rows: { source: 'trains' } })).toEqual([
      'REFERENCE_UNKNOWN deployment',
      'REFERENCE_UNKNOWN rows',
    ])
    expect(problems({}, 'late')).toEqual(['DUPLICATE_DEFINITION name'])
  })
})
