import { join } from 'node:path'
import { createDuckDBEngine } from '../../src/adapters/engines/duckdb/index.ts'
import type { SourceData, TrainingSetData } from '../../src/definitions/model.ts'
import { buildTrainingSet } from '../../src/features/index.ts'

const [folder = '', memoryLimit = ''] = process.argv.slice(2)
const doubles = Array.from({ length: 8 }, (_, index) => `v${index}`)
const keyed: SourceData['columns'] = [
  { name: 'k', type: 'int64' },
  { name: 'e', type: 'timestamp' },
  { name: 'y', type: 'bool' },
]

function sourceOf(name: string, columns: SourceData['columns']): SourceData {
  return {
    kind: 'source',
    name,
    from: { kind: 'parquet', path: `${name}.parquet` },
    columns,
    eventTime: 'e',
    knownAt: { kind: 'event' },
  }
}

const trainingSet: TrainingSetData = {
  kind: 'trainingSet',
  name: 'spilling',
  spine: { source: 'spine', time: 'e' },
  columns: ['k', 'e'],
  request: [],
  lookups: [{ view: 'newest', as: 'newest', keys: ['k'], features: doubles }],
  onDemand: [],
  label: { kind: 'column', name: 'label', known: 'as-of', column: 'y', op: 'eq', value: true },
  labelMaturity: '1us',
  splits: [],
  embargo: true,
  fullNames: false,
  keepUnlabelled: false,
}

/** Builds a training set of `rows.parquet` and `spine.parquet` with little memory; prints its checksum. */
async function main(): Promise<void> {
  const now = 1_735_689_600_000_000n
  const engine = createDuckDBEngine({ threads: 2, temporaryFolder: join(folder, 'spill'), memoryLimit })
  const manifest = await buildTrainingSet(
    engine,
    {
      trainingSet,
      entities: [],
      sources: [
        sourceOf('rows', [...keyed, ...doubles.map(name => ({ name, type: 'float64' as const }))]),
        sourceOf('spine', keyed),
      ],
      views: [
        {
          kind: 'featureView',
          name: 'newest',
          entity: 'key',
          source: 'rows',
          keys: ['k'],
          at: 'at',
          knownTime: 'cutoff',
          features: doubles.map(name => ({ kind: 'lookup', name, column: name, type: 'float64' })),
          version: 1,
        },
      ],
      onDemand: [],
    },
    {
      asOf: now,
      projectFolder: folder,
      outputFolder: join(folder, 'set'),
      onProgress: () => undefined,
      signal: new AbortController().signal,
      now,
    },
  )
  await engine.close()
  console.log(manifest.checksum)
}

await main()
