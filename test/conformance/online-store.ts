import { describe } from 'vitest'
import { byteCases } from './online-store/bytes.ts'
import { type OnlineStoreFactory, useStore } from './online-store/harness.ts'
import { processCases } from './online-store/processes.ts'
import { runCases } from './online-store/runs.ts'
import { timeCases } from './online-store/time.ts'
import { valueCases } from './online-store/values.ts'

/** The one suite every online store has to pass. */
export function onlineStoreConformance(name: string, factory: OnlineStoreFactory): void {
  describe(`online store ${name}`, () => {
    const harness = useStore(factory)
    describe('bytes', () => byteCases(harness))
    describe('several processes', () => processCases(harness))
    describe('values of materialized views', () => valueCases(harness))
    describe('materialized views over time', () => timeCases(harness))
    describe('runs', () => runCases(harness))
  })
}
