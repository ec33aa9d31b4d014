import { join } from 'node:path'
import { createDuckDBEngine } from '../adapters/engines/duckdb/index.ts'
import { lastRow } from '../adapters/engines/duckdb/last-row.ts'
import { createColumnReader } from '../adapters/engines/duckdb/read-columns.ts'
import { environmentProvider } from '../adapters/environments/index.ts'
import { openFilesystemObjects } from '../adapters/objects/filesystem/index.ts'
import { openLmdbStore } from '../adapters/online/lmdb/index.ts'
import { scorerFactory } from '../adapters/scorers/index.ts'
import { createStepClient } from '../client/step-client.ts'
import { readModelManifest } from '../evaluation/index.ts'
import {
  buildTrainingSet,
  materialize,
  type SourceVersion,
  type TrainingSetClosure,
  type ViewClosure,
} from '../features/index.ts'
import type { Json } from '../kernel/canonical.ts'
import { systemClock } from '../kernel/clock.ts'
import { packageRoot } from '../kernel/package-root.ts'
import { formatTimestamp, type Micros, parseDuration, parseTimestamp } from '../kernel/time.ts'
import { type Action, type ActionContext, storeDirectory } from '../pipelines/index.ts'
import { registerAction } from '../projects/index.ts'
import { createTrainingActions } from '../training/index.ts'
import type { StepHostRole } from './worker-roles.ts'

/** Rows that become known within this time after a materialization are kept aside and appear when their time comes. */
const deferFor = parseDuration('1d')

/** Every step body by name. They run in the step's own process and tell the control plane what they did. */
export async function stepActions({
  url,
  token,
  folders,
}: StepHostRole): Promise<Readonly<Record<string, Action>>> {
  const objects = await openFilesystemObjects(folders.objects)
  const clientOf = ({ run, step }: ActionContext) => createStepClient({ url, token, run, step })
  const training = createTrainingActions({
    environments: environmentProvider,
    environmentsFolder: folders.environments,
    pythonFolder: join(packageRoot(), 'python'),
    tracking: clientOf,
    scorers: scorerFactory,
    columns: createColumnReader(),
  })
  return {
    ...training,
    'features.build-training-set': context => buildAction(context, clientOf(context)),
    'features.materialize': context =>
      materializeAction(context, { online: folders.online, client: clientOf(context) }),
    'registry.register': registerAction({
      objects,
      storeDirectory,
      readManifest: readModelManifest,
      registrar: context => {
        const client = clientOf(context)
        return {
          registerVersion: async ({ model, ...version }) => client.registerVersion(model, version as never),
          setAlias: change => client.setAlias(change),
          addArtifacts: (run, files) => client.addArtifacts(run, files),
        }
      },
    }),
  }
}

type StepClient = ReturnType<typeof createStepClient>

const buildAction = async (context: ActionContext, client: StepClient): ReturnType<Action> => {
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
    await client.recordTrainingSetBuild({
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

const materializeAction = async (
  context: ActionContext,
  { online, client }: { readonly online: string; readonly client: StepClient },
): ReturnType<Action> => {
  const { closure, now, sources } = context.params as unknown as {
    closure: ViewClosure
    now: string
    sources?: Readonly<Record<string, SourceVersion>>
  }
  const engine = createDuckDBEngine({ temporaryFolder: context.scratchFolder })
  const store = openLmdbStore({ folder: online })
  try {
    const report = await materialize(engine, store, closure, {
      now: instant(now),
      deferUntil: instant(now) + deferFor,
      ...(sources === undefined ? {} : { sourceVersions: sources }),
      projectFolder: context.projectFolder,
      onProgress: context.progress,
      signal: context.signal,
    })
    const plain = JSON.parse(
      JSON.stringify(report, (_key, value) => (typeof value === 'bigint' ? formatTimestamp(value) : value)),
    ) as { views: { view: string; version: number }[] }
    for (const view of plain.views) {
      context.log(JSON.stringify(view))
      await client.recordMaterialization({
        view: view.view,
        version: view.version,
        report: view as unknown as Json,
        at: formatTimestamp(systemClock.nowMicros()),
      } as never)
    }
    return { report: { kind: 'json', value: plain as unknown as Json } }
  } finally {
    await store.close()
    await engine.close()
  }
}

function instant(text: string): Micros {
  const micros = parseTimestamp(text)
  if (micros === undefined) throw new TypeError(`not an instant: ${text}`)
  return micros
}
