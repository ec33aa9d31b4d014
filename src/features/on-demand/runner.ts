import type { OnDemandData } from '../../definitions/model.ts'
import type { Value } from '../../kernel/values/model.ts'
import { compileOnDemandBatch, type OnDemandOutcome } from './compile.ts'

/**
 * Computes one on-demand feature for some rows; an outcome for each, in order. Rejects only if the function itself is no
 * use (ONDEMAND_FORBIDDEN, or ONDEMAND_TIMEOUT in the trial call).
 */
export type OnDemandCall = (
  rows: readonly Readonly<Record<string, Value>>[],
) => Promise<readonly OnDemandOutcome[]>

/** Where on-demand features run. The text, its realm and its budget are the same everywhere. */
export interface OnDemandRunner {
  prepare(definition: OnDemandData): OnDemandCall
  close(): Promise<void>
}

/** Runs functions where it is called: for tests and known answers. Memory is not limited. */
export function inProcessRunner(): OnDemandRunner {
  return {
    prepare: definition => {
      let compiled: ReturnType<typeof compileOnDemandBatch> | undefined
      return async rows => {
        compiled ??= compileOnDemandBatch(definition)
        return compiled(rows)
      }
    },
    close: async () => undefined,
  }
}
