import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { duckdb, engine, testFolder } from '../../adapters/engines/duckdb/testing/fixture.ts'
import {
  between,
  type CheckData,
  checkProject,
  inSet,
  int64,
  matches,
  notMissing,
  parquet,
  references,
  rowCount,
  type SourceData,
  source,
  string,
  timestamp,
  unexpectedRows,
  unique,
} from '../../definitions/index.ts'
import { acceptRows } from '../online/push-rows.ts'
import { checkSources } from './check-sources.ts'
import { factsFrom } from './history.ts'
import { quarantined, quarantining } from './quarantine.ts'
import type { CheckReport } from './report.ts'

const folder = testFolder()
const columns = { id: int64(), person: string({ pii: 'personal' as const }), delay: int64(), at: timestamp() }

beforeAll(async () => {
  const path = join(folder.path, 'rows.parquet')
  await duckdb(
    `COPY (SELECT i AS id, 'p' || i AS person, CASE WHEN i % 50 = 7 THEN 5000 ELSE i END AS delay, make_timestamp(i * 1000000) AS at
      FROM range(100) r(i)) TO '${path}' (FORMAT parquet)`,
  )
})
afterAll(folder.remove)

const stations = source('stations', { from: parquet('stations.parquet'), columns: { id: int64() } })

function flights(checks: (c: { id: never }) => readonly CheckData[]): SourceData {
  const given = source('flights', {
    from: parquet('rows.parquet'),
    columns,
    eventTime: 'at',
    knownAt: 'event',
    checks: c => checks(c as never),
  })
  return quarantined(JSON.parse(JSON.stringify(given)) as SourceData)
}

async function run(given: SourceData, others: readonly SourceData[] = []): Promise<CheckReport> {
  const [report] = await checkSources(engine, {
    sources: [...others, given],
    only: [given.name],
    projectFolder: folder.path,
    quarantineFolder: name => join(folder.path, 'quarantine', name),
    facts: () => factsFrom(200_000_000n, []),
    run: 'prn_1',
  })
  if (!report) throw new Error('no report')
  return report
}

const c = {
  id: { ref: 'column', column: 'id', type: 'int64' },
  delay: { ref: 'column', column: 'delay', type: 'int64' },
  person: { ref: 'column', column: 'person', type: 'string' },
} as const

describe('blocking checks of single values', () => {
  const given = flights(() => [
    between(c.delay, { max: 1000 }, { severity: 'block' }),
    unique(c.id, { severity: 'block' }),
    rowCount({ min: 1 }, { severity: 'block' }),
  ])

  it('keep bad rows apart and let the rest go on: rows in = rows on + kept apart', async () => {
    const report = await run(given)
    expect(report.verdict).toBe('pass')
    expect(report.quarantine).toMatchObject({ rows: 2, of: 100, reasons: { between_delay: 2 } })
    expect(existsSync(report.quarantine?.path ?? '')).toBe(true)
    const session = await quarantining(engine).open({ projectFolder: folder.path })
    await session.addSource(given, 'no')
    const n = await session.rows('SELECT count(*) FROM src_flights', [{ name: 'n', type: 'int64' }])
    const kept = await session.rows(
      `SELECT __reason, __run FROM read_parquet('${report.quarantine?.path}') ORDER BY id`,
      [
        { name: 'reason', type: 'string' },
        { name: 'run', type: 'string' },
      ],
    )
    await session.close()
    expect(n).toEqual([[98n]])
    expect(kept).toEqual([
      ['between_delay', 'prn_1'],
      ['between_delay', 'prn_1'],
    ])
  })

  it('reject the same rows where they are pushed', () => {
    const rows = [7n, 8n].map(id => [id, 'p', id === 7n ? 5000n : 8n, 1n])
    const { accepted, rejected } = acceptRows(given, [{ name: 'id', type: 'int64' }], rows, {
      now: 10n,
      maxFutureSkew: 0n,
    })
    expect(accepted.map(each => each.row)).toEqual([1])
    expect(rejected).toMatchObject([{ row: 0, code: 'CHECK_FAILED' }])
  })

  it('fail the batch above the budget of 5 %, and where a declared mostly does not hold', async () => {
    const over = await run(flights(() => [between(c.delay, { max: 90 }, { severity: 'block' })]))
    expect(over).toMatchObject({ verdict: 'fail', quarantine: { rows: 11, of: 100 } })
    const strict = [between(c.delay, { max: 1000 }, { severity: 'block', mostly: 0.99 })]
    expect((await run(flights(() => strict))).verdict).toBe('fail')
  })
})

describe('a run', () => {
  it('shows bad rows with personal data masked, and the SQL that finds them', async () => {
    const report = await run(flights(() => [matches(c.person, '^p[0-9]$')]))
    const [result] = report.results
    expect(result).toMatchObject({ state: 'fail', unexpected: 90, severity: 'warn' })
    expect(result?.samples?.rows).toHaveLength(20)
    expect(result?.samples?.rows[0]?.[1]).toBe('•••')
    expect(result?.sql).toContain('FROM {rows} WHERE')
    expect(report.verdict).toBe('pass')
  })

  it('is inconclusive when a blocking check has nothing to judge, and fails when that is required', async () => {
    const where = { column: 'id', op: 'lt', value: 0 } as const
    const open = await run(flights(() => [unique(c.id, { severity: 'block', where })]))
    expect(open.verdict).toBe('inconclusive')
    const needed = await run(flights(() => [notMissing(c.id, { severity: 'block', where, required: true })]))
    expect(needed.verdict).toBe('fail')
  })

  it('keeps failures of own SQL and expired checks to themselves', async () => {
    const report = await run(
      flights(() => [
        unexpectedRows('own', 'SELECT * FROM {rows} WHERE delay > 1000'),
        unexpectedRows('broken', 'DELETE FROM {rows}'),
        rowCount({ min: 1 }, { expires: '1970-01-01T00:00:01Z' }),
        inSet(c.id, [1], { mostly: 0 }),
      ]),
    )
    expect(report.results.map(each => [each.name, each.state])).toEqual([
      ['own', 'fail'],
      ['broken', 'error'],
      ['row_count', 'error'],
      ['in_set_id', 'pass'],
    ])
    expect(report.results[0]?.unexpected).toBe(2)
  })

  it('follows a reference to another source', async () => {
    await duckdb(
      `COPY (SELECT i AS id FROM range(99) r(i)) TO '${join(folder.path, 'stations.parquet')}' (FORMAT parquet)`,
    )
    const report = await run(
      flights(() => [references(c.id, { source: stations, columns: 'id' })]),
      [JSON.parse(JSON.stringify(stations)) as SourceData],
    )
    expect(report.results[0]).toMatchObject({ state: 'fail', evaluated: 100, unexpected: 1 })
  })
})

describe('definitions of checks', () => {
  const problems = (...checks: readonly CheckData[]): string[] =>
    checkProject({
      name: 'p',
      definitions: [flights(() => checks)],
      locations: {},
    }).map(each => `${each.code} ${each.path}`)

  it('refuses what could not run, with its place', () => {
    expect(problems(between(c.delay, { max: 1.5 }))).toEqual(['COLUMN_TYPE checks.between_delay'])
    expect(problems(notMissing({ ...c.id, column: 'nope' }))).toEqual([
      'COLUMN_UNKNOWN checks.not_missing_nope',
    ])
    expect(problems(notMissing(c.id, { mostly: 0.12345678 }))).toEqual([
      'BAD_PARAMETER checks.not_missing_id',
    ])
    expect(problems(notMissing(c.id, { mostly: 0.9, warnMostly: 0.8 }))).toEqual([
      'BAD_PARAMETER checks.not_missing_id',
    ])
    expect(problems(matches(c.person, '(?=a)'))).toEqual(['NO_SUCH_TARGET checks.matches_person'])
    expect(problems(unique(c.id), unique(c.id))).toEqual(['DUPLICATE_DEFINITION checks.unique_id'])
    expect(problems(references(c.id, { source: stations, columns: 'id' }))).toContain(
      'REFERENCE_UNKNOWN checks.references_id',
    )
    expect(problems(notMissing(c.id, { mostly: 0.999, severity: 'block' }))).toEqual([])
  })
})
