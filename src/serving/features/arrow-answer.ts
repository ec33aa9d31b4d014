import type { Field as ArrowField, Data } from 'apache-arrow'
import type { FeatureAnswer } from '../../features/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { FeatureStatus } from '../../kernel/values/index.ts'

export const arrowMedia = 'application/vnd.apache.arrow.stream'

const statusNumbers: Readonly<Record<FeatureStatus, number>> = {
  PRESENT: 0,
  NULL_VALUE: 1,
  NOT_FOUND: 2,
  OUTSIDE_MAX_AGE: 3,
  ERROR: 4,
}

/**
 * One Arrow IPC stream (features.md §16.2): per feature its column and `<name>__status`, per as-of view
 * `<view>__event_time` and `<view>__known_time`; `as_of`, `versions`, `watermarks` and `errors` in the schema's metadata.
 */
export async function encodeArrowAnswer(answer: FeatureAnswer, times: boolean): Promise<Uint8Array> {
  // Loaded when somebody first asks for it: it takes longer to load than a front takes to start.
  const { Field, makeData, RecordBatch, RecordBatchStreamWriter, Schema, Struct, Uint8 } = await import(
    'apache-arrow'
  )
  const { arrowColumn, arrowType } = await import('./arrow-columns.ts')
  const fields: ArrowField[] = []
  const children: Data[] = []
  const add = (name: string, nullable: boolean, column: Data): void => {
    fields.push(new Field(name, column.type, nullable))
    children.push(column)
  }
  for (const { name, type, values, statuses } of answer.columns) {
    fields.push(new Field(name, arrowType(type), true))
    children.push(arrowColumn(type, values))
    const data = Uint8Array.from(statuses, status => statusNumbers[status])
    add(`${name}__status`, false, makeData({ type: new Uint8(), length: answer.rows, nullCount: 0, data }))
  }
  for (const view of times ? answer.views : []) {
    if (view.kind === 'window') continue
    add(`${view.name}__event_time`, true, arrowColumn('timestamp', view.eventTimes))
    add(`${view.name}__known_time`, true, arrowColumn('timestamp', view.knownTimes))
  }
  const schema = new Schema(fields, metadataOf(answer))
  const data = makeData({ type: new Struct(fields), length: answer.rows, nullCount: 0, children })
  const writer = new RecordBatchStreamWriter()
  writer.write(new RecordBatch(schema, data))
  writer.finish()
  return writer.toUint8Array(true)
}

function metadataOf({ asOf, views, errors }: FeatureAnswer): Map<string, string> {
  const watermarks = views.flatMap(({ name, kind, watermark }) =>
    kind === 'window' ? [[name, watermark === null ? null : formatTimestamp(watermark)]] : [],
  )
  return new Map([
    ['as_of', formatTimestamp(asOf)],
    ['versions', JSON.stringify(Object.fromEntries(views.map(({ name, version }) => [name, version])))],
    ['watermarks', JSON.stringify(Object.fromEntries(watermarks))],
    ['errors', JSON.stringify(errors)],
  ])
}
