import { join } from 'node:path'
import type { CheckData, SourceData } from '../../definitions/index.ts'
import type { TrainingSetManifest } from '../model.ts'
import { type OfflineEngine, sourceRelation } from '../offline/ports.ts'
import { reachOf } from '../offline/reach.ts'
import { inDependencyOrder } from '../offline/source-plan.ts'
import type { CheckFacts } from './model.ts'
import { quarantining } from './quarantine.ts'
import type { CheckReport } from './report.ts'
import { runTableChecks } from './run-table.ts'

/** A finished training set and its checks. */
export interface SetChecks {
  readonly manifest: TrainingSetManifest
  /** Folder of its files. */
  readonly folder: string
  readonly checks: readonly CheckData[]
  /** Sources that its checks name, closed under reference. */
  readonly sources: readonly SourceData[]
  readonly projectFolder: string
  readonly facts: CheckFacts
  readonly signal?: AbortSignal
}

/** Runs the checks of a training set on its stored file. */
export async function checkTrainingSetFile(engine: OfflineEngine, given: SetChecks): Promise<CheckReport> {
  const { manifest, folder, checks, sources, projectFolder, facts, signal } = given
  const stored = storedSource(manifest, folder)
  const session = await quarantining(engine).open({
    projectFolder,
    reach: reachOf([...sources, stored], projectFolder),
    ...(signal === undefined ? {} : { signal }),
  })
  try {
    const named = checks.flatMap(({ params: { source } }) => (typeof source === 'string' ? [source] : []))
    for (const source of [...inDependencyOrder(sources, named), stored]) await session.addSource(source, 'no')
    return await runTableChecks(session, {
      title: `trainingSet:${manifest.name}`,
      table: { relation: sourceRelation(stored.name), columns: stored.columns, other: sourceRelation },
      checks,
      facts,
    })
  } finally {
    await session.close()
  }
}

/** Its columns carry no class of personal data, so nothing of them is shown. */
function storedSource({ columns }: TrainingSetManifest, folder: string): SourceData {
  return {
    kind: 'source',
    name: '__stored',
    from: { kind: 'parquet', path: join(folder, 'part-0.parquet') },
    columns: columns.map(({ name, type }) => ({ name, type, pii: 'sensitive' as const })),
    eventTime: null,
    knownAt: { kind: 'event' },
  }
}
