import { join } from 'node:path'
import { createDuckDBEngine } from '../../adapters/engines/duckdb/index.ts'
import { lastRow } from '../../adapters/engines/duckdb/last-row.ts'
import { buildTrainingSet, type TrainingSetClosure } from '../../features/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { Action } from '../../pipelines/index.ts'
import type { StepDependencies } from '../step-actions.ts'
import { clientOf } from './client-of.ts'
import { instant } from './instant.ts'

/** `features.build-training-set`: outputs `set` (folder) and `manifest`; the build is recorded before it is published. */
export function buildTrainingSetAction(dependencies: StepDependencies): Action {
  return async context => {
    const { closure, asOf } = context.params as unknown as { closure: TrainingSetClosure; asOf: string }
    const engine = createDuckDBEngine({ temporaryFolder: context.scratchFolder })
    const outputFolder = join(context.outputFolder, 'set')
    try {
      const manifest = await buildTrainingSet(engine, closure, {
        asOf: instant(asOf),
        projectFolder: context.projectFolder,
        outputFolder,
        now: systemClock.nowMicros(),
        onProgress: context.progress,
        signal: context.signal,
      })
      context.log(
        `${manifest.rows} rows of ${manifest.spineRows}; excluded ${JSON.stringify(manifest.excluded)}; ${manifest.id} ${manifest.checksum}`,
      )
      const { lookups, request } = closure.trainingSet
      const example = await lastRow(join(outputFolder, 'part-0.parquet'), [
        ...new Set([...lookups.flatMap(lookup => lookup.keys), ...request]),
      ])
      await clientOf(dependencies, context).recordTrainingSetBuild({
        name: manifest.name,
        id: manifest.id,
        manifest: { ...manifest, example } as never,
        at: manifest.createdAt,
      })
      return {
        set: { kind: 'directory', path: outputFolder },
        manifest: { kind: 'json', value: manifest as unknown as Json },
      }
    } finally {
      await engine.close()
    }
  }
}
