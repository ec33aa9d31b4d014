import type { Kysely } from 'kysely'
import type { TrackingSearchStore } from '../../../../experiments/index.ts'
import type { Schema } from '../../schema.ts'
import { runCells } from './search-cells.ts'
import { countRuns } from './search-count.ts'
import { findNames, metricNames } from './search-names.ts'
import { searchRuns } from './search-runs.ts'
import { searchExperiments, searchLoggedModels } from './search-tables.ts'

const cursorSecret = 'cursors'

export function trackingSearchStore(db: Kysely<Schema>): TrackingSearchStore {
  return {
    runs: query => searchRuns(db, query),
    countRuns: query => countRuns(db, query),
    cells: (refs, fields) => runCells(db, refs, fields),
    keys: query => findNames(db, query),
    metricNames: query => metricNames(db, query),
    experiments: query => searchExperiments(db, query),
    loggedModels: query => searchLoggedModels(db, query),
    async secret() {
      const row = await db
        .selectFrom('tracking_secrets')
        .select('value')
        .where('name', '=', cursorSecret)
        .executeTakeFirst()
      return row?.value
    },
    async keepSecret(value) {
      await db
        .insertInto('tracking_secrets')
        .values({ name: cursorSecret, value })
        .onConflict(conflict => conflict.column('name').doNothing())
        .execute()
    },
  }
}
