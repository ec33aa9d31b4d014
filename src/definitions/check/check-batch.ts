import { parseTimestamp } from '../../kernel/time.ts'
import type { BatchData, SourceData } from '../model.ts'
import { checkSchedule } from './check-view.ts'
import type { Checking } from './problem.ts'

/** Columns that every output has, or may have. */
const ownColumns = ['row', 'score', 'action', 'bucket', 'job']

export function checkBatch(batch: BatchData, checking: Checking): void {
  const { report, deployments } = checking
  if (!deployments.has(batch.deployment))
    report({
      code: 'REFERENCE_UNKNOWN',
      path: 'deployment',
      message: `deployment "${batch.deployment}" is not exported`,
    })
  if (deployments.has(batch.name))
    report({
      code: 'DUPLICATE_DEFINITION',
      path: 'name',
      message: `batch "${batch.name}" and deployment "${batch.name}" would both have the pipeline ${batch.name}-batch`,
      hint: 'Name the batch for what it scores: nightly, backlog.',
    })
  checkSchedule(batch.schedule, report)
  const source = rowsSource(batch, checking)
  if (source) checkColumns(batch, source, checking)
  checkAsOf(batch, source, checking)
  checkTarget(batch, checking)
  if (!(batch.maxBadRate >= 0 && batch.maxBadRate <= 1))
    report({
      code: 'BAD_PARAMETER',
      path: 'maxBadRate',
      message: `maxBadRate ${batch.maxBadRate} is outside [0, 1]`,
      hint: 'It is a share of the rows: 0.001 is one in a thousand.',
    })
}

/** The source that rows are read from; what is missing is reported. */
function rowsSource(
  { rows }: BatchData,
  { sources, trainingSets, report }: Checking,
): SourceData | undefined {
  const set = 'trainingSet' in rows ? trainingSets.get(rows.trainingSet) : undefined
  if ('trainingSet' in rows && !set)
    report({
      code: 'REFERENCE_UNKNOWN',
      path: 'rows',
      message: `training set "${rows.trainingSet}" is not exported`,
    })
  const name = 'source' in rows ? rows.source : set?.spine.source
  const source = name === undefined ? undefined : sources.get(name)
  if ('source' in rows && !source)
    report({ code: 'REFERENCE_UNKNOWN', path: 'rows', message: `source "${rows.source}" is not exported` })
  return source
}

function checkColumns({ columns }: BatchData, source: SourceData, { report }: Checking): void {
  for (const name of columns) {
    if (!source.columns.some(column => column.name === name))
      report({
        code: 'COLUMN_UNKNOWN',
        path: 'columns',
        message: `source "${source.name}" has no column "${name}"`,
        hint: `It has: ${source.columns.map(column => column.name).join(', ')}.`,
      })
    if (ownColumns.includes(name))
      report({
        code: 'NAME_COLLISION',
        path: 'columns',
        message: `the output has a column "${name}" of its own`,
        hint: `${ownColumns.join(', ')} are taken: rename the column in the source.`,
      })
  }
}

function checkAsOf({ asOf, rows }: BatchData, source: SourceData | undefined, { report }: Checking): void {
  if (asOf === 'run') return
  if (asOf === 'row') {
    if (source && 'source' in rows && source.eventTime === null)
      report({
        code: 'BAD_PARAMETER',
        path: 'asOf',
        message: `source "${source.name}" has no event time, so its rows have no time of their own`,
        hint: "Write asOf: 'run', or give the source its eventTime.",
      })
    return
  }
  if (parseTimestamp(asOf) === undefined)
    report({
      code: 'BAD_PARAMETER',
      path: 'asOf',
      message: `asOf "${asOf}" is neither 'row' nor 'run' nor an instant`,
      hint: "An instant has a zone: '2001-05-08T00:00:00Z'.",
    })
}

function checkTarget({ to }: BatchData, { report }: Checking): void {
  const { kind } = to as { readonly kind: string }
  if (['parquet', 'duckdb', 'postgres'].includes(kind)) return
  report({
    code: 'BAD_PARAMETER',
    path: 'to',
    message: `outputs cannot go to ${kind}`,
    hint: "Write parquet('folder'), duckdbTable('file', 'table') or postgresTable('VARIABLE', 'table').",
  })
}
