import { join } from 'node:path'
import { lastRow } from '../../adapters/engines/duckdb/last-row.ts'
import {
  buildOrReuse,
  erasedKeys,
  readSuppressionList,
  type SourceVersion,
  type TrainingSetClosure,
  workerRunner,
} from '../../features/index.ts'
import type { Json } from '../../kernel/canonical.ts'
import { systemClock } from '../../kernel/clock.ts'
import type { Action } from '../../pipelines/index.ts'
import { erasedKeysFile } from '../folders.ts'
import { guardOf } from '../project-keys.ts'
import { openEngine } from '../providers.ts'
import type { StepDependencies } from '../step-actions.ts'
import { openObjects } from '../storage.ts'
import { clientOf } from './client-of.ts'
import { instant } from './instant.ts'
import { readPushed } from './read-pushed.ts'

interface BuildParams {
  /** Versions the run was planned with. */
  readonly sources?: Readonly<Record<string, SourceVersion>>
  readonly closure: TrainingSetClosure
  readonly asOf: string
  /** Build although an equal set is stored; the checksum must come out equal. */
  readonly rebuild?: boolean
  /** Build although an equal set is stored, compare with nothing, and remember nothing. */
  readonly scratch?: boolean
}

/**
 * `features.build-training-set`: outputs `set` (folder) and `manifest`; the build is recorded before it is published. A set
 * with the same id that is stored is taken as it is.
 */
export function buildTrainingSetAction(dependencies: StepDependencies): Action {
  return async context => {
    const { closure, asOf, rebuild, sources, scratch } = context.params as unknown as BuildParams
    const client = clientOf(dependencies, context)
    const engine = await openEngine(dependencies.providers, { temporaryFolder: context.scratchFolder })
    const outputFolder = join(context.outputFolder, 'set')
    const onDemand = workerRunner()
    try {
      const { manifest, reused } = await buildOrReuse(engine, closure, {
        objects: await openObjects(dependencies.providers, dependencies.folders),
        find: async id => (scratch === true ? undefined : client.findTrainingSet(id)),
        rebuild: rebuild === true,
        asOf: instant(asOf),
        erased: erasedKeys(
          await readSuppressionList(erasedKeysFile(dependencies.folders.serving)),
          guardOf(dependencies),
        ),
        pushed: await readPushed(engine, { closure, sources }, { context, folders: dependencies.folders }),
        projectFolder: context.projectFolder,
        outputFolder,
        onDemand,
        now: systemClock.nowMicros(),
        onProgress: context.progress,
        signal: context.signal,
      })
      context.log(
        `${reused ? 'stored already, nothing computed: ' : ''}${manifest.rows} rows of ${manifest.spineRows}; excluded ${JSON.stringify(manifest.excluded)}; ${manifest.id} ${manifest.checksum}`,
      )
      const outputs = {
        set: { kind: 'directory', path: outputFolder },
        manifest: { kind: 'json', value: manifest as unknown as Json },
      } as const
      if (scratch === true) return outputs
      const { lookups, request } = closure.trainingSet
      const example = await lastRow(join(outputFolder, 'part-0.parquet'), [
        ...new Set([...lookups.flatMap(lookup => lookup.keys), ...request]),
      ])
      await client.recordTrainingSetBuild({
        name: manifest.name,
        id: manifest.id,
        manifest: { ...manifest, example } as never,
        at: manifest.createdAt,
      })
      return outputs
    } finally {
      await onDemand.close()
      await engine.close()
    }
  }
}
