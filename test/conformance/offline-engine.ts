import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import type { FeatureViewData, SourceData, TrainingSetData } from '../../src/definitions/model.ts'
import {
  buildTrainingSet,
  collectRows,
  type HistoricalResult,
  historical,
  id,
  type OfflineEngine,
  sourceRelation,
} from '../../src/features/index.ts'
import { encodeNative, type Field, type Value } from '../../src/kernel/values/index.ts'
import { playFolder } from '../../src/vectors/play-folder.ts'
import { naiveAsOf } from '../oracles/naive-as-of.ts'
import { naiveWindow } from '../oracles/naive-windows.ts'
import {
  given,
  instants,
  queryFields,
  queryRow,
  refusedSql,
  sourceFields,
  sourceRow,
  typedFields,
  typeRows,
  windowFeatures,
} from './offline-engine/samples.ts'
import { sourceCases } from './offline-engine/source-cases.ts'

export interface OfflineEngineFactory {
  readonly name: string
  open(): Promise<OfflineEngine>
  /** After `open`: an engine of the same kind, set up for tables of a few rows; else the first one serves. */
  openTiny?(): Promise<OfflineEngine>
  /** Rows and queries of each random case; every query is compared with the naive loops. */
  readonly rows: number
  readonly queries: number
}

const vectors = join(import.meta.dirname, '..', 'vectors')
const files = createDuckDBEngine({ threads: 2 })

/** Every promise of the OfflineEngine port, for one adapter. Files are made, and read back, by another program. */
export function offlineEngineConformance(factory: OfflineEngineFactory): void {
  describe(`offline engine ${factory.name}`, () => {
    let folder = ''
    let engine: OfflineEngine
    let tiny: OfflineEngine
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'fettle-engine-'))
      engine = await factory.open()
      tiny = (await factory.openTiny?.()) ?? engine
    }, 180_000)
    afterAll(async () => {
      await tiny?.close()
      await engine?.close()
      await rm(folder, { recursive: true, force: true })
    })

    it.each(['features/asof', 'features/windows', 'features/training-sets', 'statistics/checks'])(
      'gives the published answers of %s',
      async name => {
        // Sessions that read no source only make or read files.
        const made = name.startsWith('features/') ? files : tiny
        const open: OfflineEngine['open'] = options => (options.reach ? tiny : made).open(options)
        const runtime = {
          createEngine: () => ({ ...tiny, open, close: async () => undefined }),
          openStore: () => {
            throw new Error('no store is played here')
          },
          startTracking: () => {
            throw new Error('no server is played here')
          },
        }
        const failures: string[] = []
        let played = 0
        for await (const file of playFolder(join(vectors, `${name}.json`), runtime)) {
          played += file.cases.length
          for (const each of file.cases)
            if (each.outcome.state !== 'passed')
              failures.push(`${each.name}: ${JSON.stringify(each.outcome)}`)
        }
        expect(failures).toEqual([])
        expect(played).toBeGreaterThan(4)
      },
      300_000,
    )

    async function stored(name: string, fields: readonly Field[], rows: readonly (readonly Value[])[]) {
      const path = join(folder, name)
      const session = await files.open({ projectFolder: folder })
      await session.addRows('given', { fields, rows })
      await session.writeParquet('SELECT * FROM given', path)
      await session.close()
      return path
    }

    async function ask(
      views: readonly FeatureViewData[],
      sources: readonly SourceData[],
      rows: readonly Value[][],
    ) {
      return historical(engine, {
        sources,
        views,
        lookups: views.map(view => ({
          view: view.name,
          as: view.name,
          keys: ['k1', 'k2'],
          features: view.features.map(feature => feature.name),
        })),
        fullNames: true,
        spine: { fields: queryFields, rows },
        time: 't',
        projectFolder: folder,
      })
    }

    function answers(result: HistoricalResult, column: number): string[] {
      const type = result.fields[column]?.type ?? 'string'
      return result.rows.map(row => encodeNative(type, row[column] ?? null))
    }

    const sample = (seed: number) => ({
      rows: fc.sample(sourceRow, { numRuns: factory.rows, seed }),
      queries: fc.sample(queryRow, { numRuns: factory.queries, seed: seed + 1 }),
    })

    it('joins as of a time like the naive loop, whatever the order of the rows', async () => {
      const { rows, queries } = sample(20010101)
      const source = given(await stored('asof.parquet', sourceFields, rows))
      const turned = {
        ...source,
        name: 'turned',
        deleted: 'gone',
        from: { kind: 'parquet', path: await stored('turned.parquet', sourceFields, rows.toReversed()) },
      } as const
      const features = (['v', 'f'] as const).map(
        name => ({ kind: 'lookup', name, column: name, type: name === 'v' ? 'int64' : 'float64' }) as const,
      )
      const view = {
        kind: 'featureView',
        entity: 'x',
        source: 'given',
        keys: ['k1', 'k2'],
        at: 'at',
        knownTime: 'cutoff',
        features,
      } as const
      const views: FeatureViewData[] = [
        { ...view, name: 'plain' },
        { ...view, name: 'before', at: 'before', lookback: '2h' },
        { ...view, name: 'latest', knownTime: 'latest', source: 'turned' },
        { ...view, name: 'deletable', source: 'turned', lookback: '3h' },
      ]
      const result = await ask(views, [source, turned], queries)
      for (const [at, each] of views.entries()) {
        for (const [index, feature] of features.entries()) {
          const query = {
            source: each.source === 'turned' ? turned : source,
            rows,
            keys: ['k1', 'k2'],
            column: feature.name,
            before: each.at === 'before',
            latest: each.knownTime === 'latest',
            ...(each.lookback === undefined
              ? {}
              : { lookback: each.lookback === '2h' ? 7_200_000_000n : 10_800_000_000n }),
          }
          const wanted = queries.map(([k1 = null, k2 = null, t]) => naiveAsOf(query, [k1, k2], t as bigint))
          const column = at * features.length + index
          expect([each.name, result.statuses[column]]).toEqual([
            each.name,
            wanted.map(one => one.status).join(''),
          ])
          expect(answers(result, column)).toEqual(wanted.map(one => encodeNative(feature.type, one.value)))
        }
      }
    }, 120_000)

    it('aggregates windows like the naive loop: edges, late rows, versions, nulls', async () => {
      // The naive loop sorts all rows for every query and feature.
      const rows = sample(20010103).rows.slice(0, 120)
      const queries = sample(20010103).queries.slice(0, 50)
      const path = await stored('windows.parquet', sourceFields, rows)
      const sources = [
        given(path),
        { ...given(path), name: 'versions', eventId: 'id' },
        { ...given(path), name: 'assumed', knownAt: { kind: 'event' } as const },
      ]
      const views = sources.map(
        (source): FeatureViewData => ({
          kind: 'featureView',
          name: `of_${source.name}`,
          entity: 'x',
          source: source.name,
          keys: ['k1', 'k2'],
          at: 'at',
          knownTime: 'cutoff',
          features: windowFeatures,
        }),
      )
      const result = await ask(views, sources, queries)
      for (const [at, source] of sources.entries()) {
        for (const [index, feature] of windowFeatures.entries()) {
          const wanted = queries.map(([k1 = null, k2 = null, t]) =>
            k1 === null || k2 === null
              ? null
              : naiveWindow({ source, rows, keys: ['k1', 'k2'], feature }, [k1, k2], t as bigint),
          )
          expect([source.name, feature.name, ...answers(result, at * windowFeatures.length + index)]).toEqual(
            [source.name, feature.name, ...wanted.map(value => encodeNative(feature.type, value))],
          )
        }
      }
    }, 120_000)

    it('hands every type over bit by bit, in and out', async () => {
      const source: SourceData = {
        ...given(await stored('types.parquet', typedFields, typeRows)),
        columns: typedFields,
        eventTime: null,
        knownAt: { kind: 'event' },
      }
      const session = await engine.open({
        projectFolder: folder,
        reach: { files: [source.from.kind === 'parquet' ? source.from.path : ''], folders: [folder] },
      })
      const names = typedFields.map(field => id(field.name)).join(', ')
      const text = (rows: readonly (readonly Value[])[]) =>
        rows.map(row => row.map((value, index) => encodeNative(typedFields[index]?.type ?? 'string', value)))
      try {
        await session.addSource(source, 'stored')
        const read = `SELECT ${names} FROM ${id(sourceRelation('given'))} ORDER BY i`
        expect(text(await session.rows(read, typedFields))).toEqual(text(typeRows))
        await session.addRows('sent', { fields: typedFields, rows: typeRows })
        expect(text(await session.rows(`SELECT ${names} FROM sent ORDER BY i`, typedFields))).toEqual(
          text(typeRows),
        )
        const path = join(folder, 'written.parquet')
        await session.writeParquet(`SELECT ${names} FROM sent ORDER BY i DESC`, path)
        const other = await files.open({ projectFolder: folder })
        for (const reader of [session, other])
          expect(text(await collectRows(reader.readParquet(path, typedFields), typedFields))).toEqual(
            text(typeRows.toReversed()),
          )
        await other.close()
        await session.writeParquet(`SELECT ${names} FROM sent WHERE false`, path)
        expect(await collectRows(session.readParquet(path, typedFields), typedFields)).toEqual([])
      } finally {
        await session.close()
      }
    }, 60_000)

    it('takes local times by the zone of the row, whatever the zones of processes', async () => {
      const fields: Field[] = [
        { name: 'zone', type: 'string' },
        { name: 'at', type: 'timestamp' },
      ]
      const rows = instants.map(({ zone, local }) => [zone, local])
      const source: SourceData = {
        ...given(await stored('zones.parquet', fields, rows)),
        columns: fields,
        eventTime: 'at',
        knownAt: { kind: 'event' },
        zone: { column: 'zone' },
      }
      const session = await engine.open({ projectFolder: folder })
      try {
        await session.addSource(source, 'stored')
        const found = await session.rows(`SELECT zone, __e FROM ${id(sourceRelation('given'))}`, [
          { name: 'zone', type: 'string' },
          { name: 'e', type: 'int64' },
        ])
        const sorted = (each: readonly (readonly Value[])[]) => each.map(row => row.join(' ')).sort()
        expect(sorted(found)).toEqual(sorted(instants.map(({ zone, utc }) => [zone, utc])))
      } finally {
        await session.close()
      }
    }, 60_000)

    it('builds a set with the checksum another engine gives it', async () => {
      const { rows } = sample(20010105)
      const source: SourceData = {
        ...given(await stored('set.parquet', sourceFields, rows)),
        eventId: 'id',
        deleted: 'gone',
      }
      const view: FeatureViewData = {
        kind: 'featureView',
        name: 'view',
        entity: 'x',
        source: 'given',
        keys: ['k1'],
        at: 'before',
        knownTime: 'cutoff',
        lookback: '4h',
        features: [
          { kind: 'lookup', name: 'f', column: 'f', type: 'float64' },
          { kind: 'window', name: 'n', op: 'count', window: '2h', hop: '5m', type: 'int64' },
        ],
      }
      const lookups = [
        { ...view, name: 'found', features: view.features.slice(0, 1) },
        { ...view, name: 'counted', features: view.features.slice(1) },
      ]
      const trainingSet: TrainingSetData = {
        kind: 'trainingSet',
        name: 'set',
        spine: { source: 'given', time: 'e' },
        columns: ['k1', 'k2', 'e', 'f'],
        request: [],
        lookups: lookups.map(each => ({
          view: each.name,
          as: each.name,
          keys: ['k1'],
          features: each.features.map(feature => feature.name),
        })),
        onDemand: [],
        label: { kind: 'column', name: 'label', known: 'maturity', column: 'v', op: 'gt', value: 0 },
        labelMaturity: '1h',
        splits: [
          { name: 'early', from: '1969-12-31T00:00:00Z', to: '1970-01-01T00:00:00Z' },
          { name: "it's \\ late", from: '1970-01-01T00:00:00Z', to: '1971-01-01T00:00:00Z' },
        ],
        embargo: true,
        fullNames: true,
        keepUnlabelled: false,
      }
      const built = (by: OfflineEngine, name: string) =>
        buildTrainingSet(
          by,
          {
            trainingSet,
            entities: [],
            sources: [source],
            views: lookups.map(each => ({ ...each, version: 1, semanticHash: each.name })),
            onDemand: [],
          } as never,
          {
            asOf: 86_400_000_000n,
            projectFolder: folder,
            outputFolder: join(folder, name),
            onProgress: () => undefined,
            signal: new AbortController().signal,
            now: 86_400_000_000n,
          },
        )
      const [mine, theirs] = [await built(engine, 'mine'), await built(files, 'theirs')]
      expect(mine.rows).toBeGreaterThan(5)
      const { checksum, rows: kept, excluded, statuses, splits, spineRows, id: name } = theirs
      expect(mine).toMatchObject({ checksum, rows: kept, excluded, statuses, splits, spineRows, id: name })
    }, 120_000)

    it('stops a running statement within two seconds', async () => {
      const controller = new AbortController()
      const session = await engine.open({ projectFolder: folder, signal: controller.signal })
      const slow = session.rows(
        'SELECT count(*) FROM range(10000000) a, range(10000000) b WHERE a.* IS NOT NULL'.replace(
          'a.* IS NOT NULL',
          '1 = 1',
        ),
        [{ name: 'n', type: 'int64' }],
      )
      const failed = expect(slow).rejects.toThrow('enough')
      await new Promise(resolve => setTimeout(resolve, 1_000))
      const asked = performance.now()
      controller.abort(new Error('enough'))
      await failed
      expect(performance.now() - asked).toBeLessThan(2_000)
      await session.close()
    }, 30_000)

    sourceCases(() => ({ engine: tiny, other: files, folder }))

    it.each(refusedSql)('refuses SQL that names or is %s', async (_, code, text) => {
      const source: SourceData = {
        ...given(''),
        name: 'asked',
        from: { kind: 'sql', dialect: 'duckdb', parts: [text], spark: [text] },
        columns: [{ name: 'v', type: 'int64' }],
        eventTime: null,
        knownAt: { kind: 'event' },
      }
      const session = await engine.open({ projectFolder: folder, reach: { files: [], folders: [] } })
      try {
        await expect(session.addSource(source, 'stored')).rejects.toMatchObject({
          code: typeof code === 'string' ? code : expect.stringMatching(code),
        })
      } finally {
        await session.close()
      }
    })
  })
}
