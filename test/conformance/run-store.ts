import { afterAll, beforeAll, describe } from 'vitest'
import type { UnitOfWork } from '../../src/kernel/unit-of-work.ts'
import type { PipelineStores } from '../../src/pipelines/index.ts'
import { testService } from '../fixtures/pipeline-service.ts'
import type { RunStoreHarness } from './run-store/harness.ts'
import { leaseCases } from './run-store/leases.ts'
import { resultCases } from './run-store/results.ts'
import { reuseCases } from './run-store/reuse.ts'
import { runCases } from './run-store/runs.ts'

export interface OpenedStores {
  readonly uow: UnitOfWork<PipelineStores>
  close(): Promise<void>
}

/** What every RunStore promises, seen through the one service that uses it. */
export function runStoreConformance(name: string, open: () => Promise<OpenedStores>): void {
  describe(`run store: ${name}`, () => {
    let opened: OpenedStores
    let serial = 0
    beforeAll(async () => {
      opened = await open()
    })
    afterAll(() => opened.close())
    const harness: RunStoreHarness = {
      start: (parts = {}) => testService(opened.uow, parts),
      fresh: () => ({ pipeline: `p${++serial}` }),
    }
    runCases(harness)
    leaseCases(harness)
    resultCases(harness)
    reuseCases(harness)
  })
}
