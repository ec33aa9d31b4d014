import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { CheckData, FeatureViewData, SourceData } from '../../../src/definitions/model.ts'
import {
  checkSources,
  countVerdicts,
  factsFrom,
  judgeChecks,
  materialize,
  type OfflineEngine,
  quarantined,
  quarantining,
  rowTest,
  type ViewClosure,
} from '../../../src/features/index.ts'
import { parseTimestamp } from '../../../src/kernel/time.ts'
import type { Field, Value } from '../../../src/kernel/values/index.ts'
import { memoryOnlineStore } from '../../support/memory-online-store.ts'

/** The engine under test, and another one that its answers must equal. */
export interface Rig {
  readonly engine: OfflineEngine
  readonly other: OfflineEngine
  readonly folder: string
}

const time: Field = { name: 't', type: 'timestamp' }
const columns: Field[] = [{ name: 'k', type: 'string' }, time, { name: 'v', type: 'int64' }]
const events: SourceData = {
  kind: 'source',
  name: 'events',
  from: { kind: 'csv', path: 'events.csv' },
  columns,
  eventTime: 't',
  knownAt: { kind: 'event' },
}
const micros = (text: string): bigint => parseTimestamp(text) ?? 0n

/** Sources of every kind of file, checks over them, and their rows on the way to the online store. */
export function sourceCases(rig: () => Rig): void {
  async function rowsOf(source: SourceData, by: OfflineEngine): Promise<Value[][]> {
    const session = await by.open({ projectFolder: rig().folder })
    try {
      await session.addSource(source, 'stored')
      return await session.rows('SELECT k, t, v FROM src_events ORDER BY v', columns)
    } finally {
      await session.close()
    }
  }

  async function written(name: string, query: string): Promise<SourceData> {
    const { folder, other } = rig()
    const session = await other.open({ projectFolder: folder })
    await session.writeParquet(query, join(folder, name))
    await session.close()
    return { ...events, from: { kind: 'parquet', path: name } }
  }

  it('reads CSV: quotes, zones, empty texts, and names the first value that is none', async () => {
    const { engine, folder } = rig()
    const lines = [
      'k,t,v',
      '"a ""b"", c",2024-02-29T10:00:00Z,1',
      'é\\n,2024-02-29 12:00:00.123456+02:00,2',
      ',1969-12-31 23:59:59.999999,3',
    ]
    writeFileSync(join(folder, 'events.csv'), `${lines.join('\n')}\n`)
    const [first = [], second = [], third = []] = await rowsOf(events, engine)
    expect(first).toEqual(['a "b", c', micros('2024-02-29T10:00:00Z'), 1n])
    expect(second).toEqual(['é\\n', micros('2024-02-29T10:00:00.123456Z'), 2n])
    expect(third.slice(1)).toEqual([-1n, 3n])
    expect(await rowsOf(events, rig().other)).toEqual([first, second, third])
    writeFileSync(join(folder, 'events.csv'), `${lines.join('\n')}\nx,2024-02-30T10:00:00Z,4\n`)
    await expect(rowsOf(events, engine)).rejects.toMatchObject({
      code: 'SOURCE_BAD_VALUE',
      details: { row: 4, column: 't', wanted: 'timestamp' },
    })
  }, 60_000)

  it('rounds times of nanoseconds down where the source says so, and else refuses them', async () => {
    const { engine, folder } = rig()
    const values = `('2001-01-01 00:00:00.123456999', 1), ('1960-01-01 00:00:00.123456999', 2), (NULL, 3)`
    const fine = await written(
      'fine.parquet',
      `SELECT 'x' AS k, t::TIMESTAMP_NS AS t, v::BIGINT AS v FROM (VALUES ${values}) r(t, v)`,
    )
    const wanted = [
      ['x', micros('2001-01-01T00:00:00.123456Z'), 1n],
      ['x', micros('1960-01-01T00:00:00.123456Z'), 2n],
      ['x', null, 3n],
    ]
    expect(await rowsOf({ ...fine, floor: 'us' }, engine)).toEqual(wanted)
    const refused = { code: 'SOURCE_BAD_VALUE' }
    await expect(rowsOf(fine, engine)).rejects.toMatchObject(refused)
    writeFileSync(join(folder, 'events.csv'), 'k,t,v\nx,2001-01-01T00:00:00.123456999Z,1\n')
    expect(await rowsOf({ ...events, floor: 'us' }, engine)).toEqual(wanted.slice(0, 1))
    await expect(rowsOf(events, engine)).rejects.toMatchObject(refused)
  }, 60_000)

  it('scans views and fills the online store as the other engine does, also from no rows', async () => {
    const { engine, other, folder } = rig()
    const source = await written(
      'scanned.parquet',
      `SELECT CASE WHEN i % 7 = 0 THEN NULL ELSE 'k' || i % 5 END AS k, CASE WHEN i % 11 <> 0 THEN make_timestamp(i * 977 % 300 * 60000000) END AS t, i AS v FROM range(300) r(i) ORDER BY md5(i::VARCHAR)`,
    )
    const none = await written(
      'none.parquet',
      `SELECT 'k' AS k, make_timestamp(0) AS t, 1::BIGINT AS v WHERE false`,
    )
    const view = {
      kind: 'featureView',
      entity: null,
      keys: ['k'],
      at: 'at',
      knownTime: 'cutoff',
      version: 1,
    } as const
    const features: FeatureViewData['features'] = [
      { kind: 'window', name: 'n', op: 'sum', column: 'v', window: '1h', hop: '5m', type: 'int64' },
    ]
    const latest: FeatureViewData['features'] = [{ kind: 'lookup', name: 'v', column: 'v', type: 'int64' }]
    const closure = {
      entities: [],
      sources: [source, { ...none, name: 'none' }],
      views: [
        { ...view, name: 'counts', source: 'events', features, semanticHash: 'counts' },
        { ...view, name: 'latest', source: 'events', features: latest, semanticHash: 'latest' },
        { ...view, name: 'nothing', source: 'none', features: latest, semanticHash: 'nothing' },
      ],
    } as unknown as ViewClosure
    const filled = async (by: OfflineEngine) => {
      const store = memoryOnlineStore()
      const { views } = await materialize(by, store, closure, {
        now: micros('1970-01-01T04:00:00Z'),
        projectFolder: folder,
        onProgress: () => undefined,
        signal: new AbortController().signal,
      })
      const keys = await store.list(new Uint8Array(), { limit: 10_000 })
      const records = (await store.readMany(keys)).map(each => Buffer.from(each ?? []).toString('hex'))
      const counts = views.map(({ view: name, read, keys: stored, skipped }) => ({
        name,
        read,
        stored,
        skipped,
      }))
      return { counts, keys: keys.map(each => Buffer.from(each).toString('hex')), records }
    }
    const mine = await filled(engine)
    expect(mine.keys.length).toBeGreaterThan(10)
    expect(mine.counts.map(each => each.stored)).toEqual([5, 5, 0])
    expect(mine).toEqual(await filled(other))
  }, 60_000)

  it('judges checks and keeps bad rows apart as the other engine does', async () => {
    const { engine, other, folder } = rig()
    const stations = {
      ...(await written(
        'keys.parquet',
        `SELECT 'k' || i AS k, make_timestamp(0) AS t, i AS v FROM range(4) r(i)`,
      )),
      name: 'stations',
    }
    const rows = await written(
      'checked.parquet',
      `SELECT 'k' || i % 5 || CASE WHEN i % 40 = 3 THEN E'\\n' ELSE '' END AS k, make_timestamp(i * 1000000) AS t, CASE WHEN i % 50 = 7 THEN 5000 ELSE i END AS v FROM range(400) r(i)`,
    )
    const check = (word: string, column: string, given: Partial<CheckData>): CheckData => ({
      check: word,
      name: `it's \\ ${word}`,
      columns: [column],
      params: {},
      severity: 'warn',
      ...given,
    })
    const source = quarantined({
      ...rows,
      checks: [
        check('between', 'v', { params: { max: 1000 }, severity: 'block' }),
        check('matches', 'k', { params: { patterns: ['^k\\d$'] } }),
        check('references', 'k', { params: { source: 'stations', columns: ['k'] } }),
        check('unique', 'v', {}),
        check('mean_between', 'v', { params: { min: 0, max: 1 } }),
        check('quantiles_between', 'v', { params: { quantiles: [{ q: 0.3, min: 0, max: 1 }] } }),
        check('no_gaps', 't', { params: { maxGap: '1s' } }),
      ],
    })
    const report = async (by: OfflineEngine, name: string) => {
      const [found] = await checkSources(by, {
        sources: [stations, source],
        projectFolder: folder,
        quarantineFolder: () => join(folder, name),
        facts: () => factsFrom(micros('1970-01-02T00:00:00Z'), []),
        run: "run's \\",
      })
      const results = found?.results.map(({ sql: _, samples, ...result }) => ({
        ...result,
        bad: samples?.rows.length,
      }))
      const apart = { ...events, from: { kind: 'parquet', path: found?.quarantine?.path ?? '' } } as const
      const { path: _, ...quarantine } = found?.quarantine ?? { path: '' }
      return { results, quarantine, verdict: found?.verdict, apart: await rowsOf(apart, other) }
    }
    const mine = await report(engine, 'mine')
    expect(mine.quarantine).toMatchObject({ rows: 8, of: 400 })
    expect(mine.results?.map(each => each.state)).toEqual([
      'fail',
      'fail',
      'fail',
      'fail',
      'fail',
      'fail',
      'pass',
    ])
    expect(mine).toEqual(await report(other, 'theirs'))
    expect((await rowsOf(source, quarantining(engine))).length).toBe(392)
  }, 60_000)

  it('finds patterns in the texts that the row evaluator finds them in', async () => {
    const field: Field = { name: 's', type: 'string' }
    const texts = [
      'a\nb',
      'a\rb',
      'ab\n',
      'ab',
      'é',
      'aé',
      'é a',
      '\u2028',
      '\u000B',
      '\u00A0',
      '&',
      '\\',
      '\u{1F600}',
      '',
    ]
    const rows = texts.map(text => [text])
    const patterns = [
      '^a.b$',
      'b$',
      '^$',
      '\\bé',
      '\\Ba',
      '\\s',
      '^\\S+$',
      '[\\s\\v]',
      '\\v',
      '[x&&y]',
      '\\\\',
      '^.$',
      '\\w\\b',
      "[^'\\]]$",
      '\\x61',
    ]
    const checks = patterns.map(
      (pattern): CheckData => ({
        check: 'matches',
        name: pattern,
        columns: ['s'],
        params: { patterns: [pattern] },
        severity: 'warn',
      }),
    )
    const session = await rig().engine.open({ projectFolder: rig().folder })
    try {
      await session.addRows('given', { fields: [field], rows })
      const table = { relation: 'given', columns: [field], other: () => '' }
      const facts = { now: 0n, history: [], missing: {} }
      const judged = await judgeChecks(session, table, { checks, facts })
      expect(checks.map(each => [each.name, judged.get(each)?.outcome.unexpected])).toEqual(
        checks.map(each => [each.name, countVerdicts(rowTest(each, [field]), rows).unexpected]),
      )
    } finally {
      await session.close()
    }
  }, 60_000)
}
