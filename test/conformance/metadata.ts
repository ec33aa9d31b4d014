import { afterAll, beforeAll, describe } from 'vitest'
import type { MetadataDatabase } from '../../src/adapters/metadata/index.ts'
import { settableClock } from '../../src/kernel/clock.ts'
import { auditSuite } from './metadata/audit.ts'
import { batchSuite } from './metadata/batch.ts'
import { decisionsSuite } from './metadata/decisions.ts'
import { definitionsSuite } from './metadata/definitions.ts'
import { deploymentsSuite } from './metadata/deployments.ts'
import { feedbackSuite } from './metadata/feedback.ts'
import { purgeSuite } from './metadata/purge.ts'
import { registrySuite } from './metadata/registry.ts'
import { registryRecordsSuite } from './metadata/registry-records.ts'
import { registrySearchSuite } from './metadata/registry-search.ts'
import { reproductionSuite } from './metadata/reproduction.ts'
import { rolloutsSuite } from './metadata/rollouts.ts'
import { suggestionsSuite } from './metadata/suggestions.ts'
import { syncSuite } from './metadata/sync.ts'
import { trackingSuite } from './metadata/tracking.ts'
import { trackingPartsSuite } from './metadata/tracking-parts.ts'
import { trackingSeriesSuite } from './metadata/tracking-series.ts'
import { transactionsSuite } from './metadata/transactions.ts'
import { trustSuite } from './metadata/trust.ts'
import { webhooksSuite } from './metadata/webhooks.ts'

export interface MetadataFactory {
  readonly name: string
  /** An empty, unmigrated store of its own. */
  open(): Promise<MetadataDatabase>
  /** A second connection to the same store, as another process would have. */
  again(): Promise<MetadataDatabase>
}

/** What a suite gets: a migrated store, and a clock that stands still until it is set. */
export interface MetadataUnderTest {
  readonly db: () => MetadataDatabase
  readonly again: () => Promise<MetadataDatabase>
  readonly clock: ReturnType<typeof settableClock>
}

/** Every promise of the metadata port, for one adapter. */
export function metadataConformance({ name, open, again }: MetadataFactory): void {
  describe(`metadata on ${name}`, () => {
    let opened: MetadataDatabase | undefined
    const clock = settableClock(1_700_000_000_000_000n)
    const db = () => {
      if (opened === undefined) throw new Error('the store is not open')
      return opened
    }
    beforeAll(async () => {
      opened = await open()
      await opened.migrate()
    })
    afterAll(() => opened?.close())
    const tested = { db, again, clock }
    transactionsSuite(tested)
    auditSuite(tested)
    batchSuite(tested)
    trackingSuite(tested)
    trackingSeriesSuite(tested)
    trackingPartsSuite(tested)
    syncSuite(tested)
    registrySuite(tested)
    registryRecordsSuite(tested)
    registrySearchSuite(tested)
    definitionsSuite(tested)
    decisionsSuite(tested)
    deploymentsSuite(tested)
    reproductionSuite(tested)
    webhooksSuite(tested)
    purgeSuite(tested)
    trustSuite(tested)
    suggestionsSuite(tested)
    feedbackSuite(tested)
    rolloutsSuite(tested)
  })
}
