import type { TrainingSet, TrainingSetSummary } from '../../api/training-sets.ts'
import type { TrainingSetRecord, TrainingSetsService } from '../../features/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import { withoutUndefined } from '../map/optional.ts'
import type { Handlers } from '../route-handlers.ts'

type TrainingSetRoutes = 'trainingSets' | 'trainingSet' | 'trainingSetRows' | 'verifyTrainingSet'

export function trainingSetHandlers({
  trainingSets,
}: {
  readonly trainingSets: TrainingSetsService
}): Pick<Handlers, TrainingSetRoutes> {
  return {
    trainingSets: async ({ query }) => ({ items: (await trainingSets.list(query.name)).map(summaryToWire) }),
    trainingSet: async ({ params }) => {
      const record = await trainingSets.get(params.id)
      return trainingSetToWire(record, await trainingSets.isStored(record))
    },
    trainingSetRows: async ({ params, query }) => {
      const { columns, heading, ...selection } = withoutUndefined(query)
      return trainingSets.read(params.id, {
        ...selection,
        ...(columns === undefined ? {} : { columns: columns.split(',') }),
        heading: heading !== 'false',
      })
    },
    verifyTrainingSet: async ({ params, query }) => {
      const verified = await trainingSets.verify(params.id, { byColumn: query.columns === 'true' })
      return { ...verified, differences: [...verified.differences], columns: { ...verified.columns } }
    },
  }
}

function summaryToWire({ manifest, at, ...record }: TrainingSetRecord): TrainingSetSummary {
  const { id, name, number, definitionVersion, author, pipelineRun } = record
  const { rows, asOf, checksum, reproducible } = manifest
  return {
    id,
    name,
    number,
    definitionVersion,
    rows,
    asOf,
    checksum,
    reproducible,
    createdAt: formatTimestamp(at),
    author,
    pipelineRun,
  }
}

function trainingSetToWire(record: TrainingSetRecord, stored: boolean): TrainingSet {
  const { definition, engine, spineRows, excluded, splits, sources, columns, statuses, files } =
    record.manifest
  return {
    ...summaryToWire(record),
    definition,
    engine,
    spineRows,
    excluded: { ...excluded },
    splits: { ...splits },
    sources: { ...sources },
    columns: columns.map(column => ({ ...column, flags: [...column.flags] })),
    statuses: Object.fromEntries(Object.entries(statuses).map(([name, counts]) => [name, { ...counts }])),
    files: files.map(file => ({ ...file })),
    stored,
  }
}
