import type { testService } from '../../fixtures/pipeline-service.ts'

type TestService = ReturnType<typeof testService>

/** What each test of the suite works with; all of them share one store. */
export interface RunStoreHarness {
  /** A service of its own on the store, its clock standing. */
  start(parts?: Parameters<typeof testService>[1]): TestService
  /** The name of a pipeline no other test uses. */
  fresh(): { readonly pipeline: string }
}
