import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { afterAll, describe, expect, it } from 'vitest'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import type { Schema } from '../../src/adapters/metadata/schema.ts'
import { sqliteDialect } from '../../src/adapters/metadata/sqlite/dialect.ts'
import { loadSqlite } from '../../src/adapters/metadata/sqlite/engine.ts'
import { trackingSearchStore } from '../../src/adapters/metadata/stores/tracking/search-store.ts'
import {
  type Place,
  parseFilter,
  parseOrder,
  type RunsQuery,
  type TrackingSearchStore,
} from '../../src/experiments/index.ts'
import { withPostgres } from '../services/postgres.ts'
import { naiveSearch } from './naive-run-search.ts'
import { insertRuns, sampleRuns } from './run-search-data.ts'
import { filters, orders } from './run-search-queries.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-search-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

async function openSqlite(name = 'meta.sqlite'): Promise<Kysely<Schema>> {
  const path = join(folder, name)
  const metadata = await openMetadata({ kind: 'sqlite', path })
  await metadata.migrate()
  await metadata.close()
  const { DatabaseSync } = await loadSqlite()
  return new Kysely({ dialect: sqliteDialect(new DatabaseSync(path)) })
}

async function openPostgres(): Promise<Kysely<Schema>> {
  const url = await withPostgres()
  const metadata = await openMetadata({ kind: 'postgres', url })
  await metadata.migrate()
  await metadata.close()
  pg.types.setTypeParser(20, text => (Number.isSafeInteger(Number(text)) ? Number(text) : BigInt(text)))
  return new Kysely({ dialect: new PostgresDialect({ pool: new pg.Pool({ connectionString: url }) }) })
}

const count = 60
const grammar = { target: 'runs', grammar: 'fettle', now: 0n } as const

async function allPages(
  search: TrackingSearchStore['runs'],
  query: Omit<RunsQuery, 'after'>,
  most: number,
): Promise<readonly string[]> {
  const found: string[] = []
  for (let after: Place | undefined; found.length <= most; ) {
    const rows = await search({ ...query, after })
    found.push(...rows.map(({ id }) => id))
    if (rows.length < query.limit) break
    after = rows.at(-1)?.place
  }
  return found
}

describe.each([
  { name: 'SQLite', open: () => openSqlite(), seed: 7, queries: 1_500 },
  { name: 'Postgres', open: openPostgres, seed: 11, queries: 700 },
])('search of runs on $name', ({ open, seed, queries }) => {
  it(`answers ${queries} random queries, cut into random pages, as a list does`, async () => {
    const db = await open()
    const runs = sampleRuns(count, seed)
    await db.transaction().execute(transaction => insertRuns(transaction, runs))
    const { runs: search, countRuns } = trackingSearchStore(db)
    const asked = fc.record({
      filter: filters,
      orderBy: orders,
      experiments: fc.constantFrom<number[]>([1], [1, 2], [2], [3]),
      deleted: fc.constantFrom<boolean[]>([false], [false], [true], [false, true]),
      page: fc.integer({ min: 1, max: count }),
    })
    const property = fc.asyncProperty(asked, async ({ filter, orderBy, experiments, deleted, page }) => {
      const condition = parseFilter(filter, grammar)
      const order = parseOrder(orderBy, grammar)
      const among = runs.filter(run => experiments.includes(run.experiment) && deleted.includes(run.deleted))
      const wanted = naiveSearch(among, condition, order).map(({ id }) => id)
      expect(
        await allPages(search, { experiments, deleted, condition, order, now: 0n, limit: page }, count),
      ).toEqual(wanted)
      const bound = Number.MAX_SAFE_INTEGER
      expect(await countRuns({ experiments, deleted, condition, now: 0n, bound })).toEqual({
        count: wanted.length,
        exact: true,
      })
    })

    await fc.assert(property, { numRuns: queries, seed })
    await db.destroy()
  }, 120_000)
})

describe('search of many runs', () => {
  it('orders thousands of equal values, and drives by filters of few and of many runs, as a list does', async () => {
    const db = await openSqlite('many.sqlite')
    // So that groups of equal values, and what a filter finds, are beyond what is sorted.
    const runs = sampleRuns(60, 3).flatMap((run, at) =>
      Array.from({ length: 90 }, (_, copy) => ({
        ...run,
        ref: at * 90 + copy + 1,
        id: `${run.id.slice(0, 28)}${String(copy * 97).padStart(4, '0')}`,
        experiment: 1,
        metrics: new Map([
          ...run.metrics,
          ['auc', { latest: copy % 9 === 0 ? copy : 3, first: 3, min: 3, max: 3 }],
        ]),
        tags: new Map([...run.tags, ['team', copy % 3 === 0 ? 'rare' : 'common']]),
      })),
    )
    await db.transaction().execute(transaction => insertRuns(transaction, runs))
    const { runs: search, countRuns } = trackingSearchStore(db)
    for (const filter of [
      '',
      "tags.team = 'rare'",
      'metrics.auc >= 3',
      "tags.team = 'common' OR params.lr = ''",
    ])
      for (const orderBy of [
        ...[['metrics.auc'], ['metrics.auc DESC'], [], ['params.lr', 'metrics.auc']],
        ...[['params.lr'], ['params.lr DESC'], ['tags.team']],
      ]) {
        const condition = parseFilter(filter, grammar)
        const order = parseOrder(orderBy, grammar)
        const among = runs.filter(({ deleted }) => !deleted)
        const wanted = naiveSearch(among, condition, order).map(({ id }) => id)
        const query = { experiments: [1], deleted: [false], condition, order, now: 0n, limit: 700 }
        expect(await allPages(search, query, runs.length)).toEqual(wanted)
        const bound = Number.MAX_SAFE_INTEGER
        expect((await countRuns({ ...query, bound })).count).toBe(wanted.length)
      }
    await db.destroy()
  }, 60_000)
})
