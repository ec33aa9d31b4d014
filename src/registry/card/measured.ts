import type { Json } from '../../kernel/canonical.ts'
import type { CardSection } from './model.ts'
import {
  intervalText,
  type JsonObject,
  known,
  listOf,
  numberText,
  objectOf,
  textOf,
  unmeasured,
} from './report-json.ts'

/** Metrics, slices and thresholds of an evaluation report; without one, each says that nothing was measured. */
export function measuredSections(evaluation: Json | null): readonly CardSection[] {
  const report = objectOf(evaluation)
  return [
    {
      ...{ key: 'metrics', title: 'Metrics' },
      rows: report === undefined ? [unmeasured('Metrics')] : [known('Judged on', textOf(report['split']))],
      table: report === undefined ? null : metricsTable(objectOf(report['all']) ?? {}),
    },
    slices(report),
    thresholds(report),
  ]
}

function metricsTable(all: JsonObject): CardSection['table'] {
  const metrics = Object.entries(objectOf(all['metrics']) ?? {})
  return {
    head: ['Metric', 'Value', 'n', '95 % interval'],
    rows: metrics.map(([name, value]) => [
      name,
      numberText(value),
      numberText(all['rows']),
      intervalText(objectOf(all['intervals'])?.[name]),
    ]),
  }
}

function slices(report: JsonObject | undefined): CardSection {
  const rows = listOf(report?.['slices']).flatMap(slice =>
    listOf(slice['values']).map(measured => [
      textOf(slice['column']),
      textOf(measured['value']),
      numberText(measured['rows']),
      numberText(objectOf(measured['metrics'])?.['roc_auc']),
      intervalText(objectOf(measured['intervals'])?.['roc_auc']),
      numberText(measured['baseRate']),
    ]),
  )
  const none = rows.length === 0
  return {
    ...{ key: 'slices', title: 'Metrics by slice' },
    rows: none ? [unmeasured('Slices')] : [],
    table: none ? null : { head: ['Column', 'Value', 'n', 'roc_auc', '95 % interval', 'Base rate'], rows },
  }
}

function thresholds(report: JsonObject | undefined): CardSection {
  const all = listOf(report?.['thresholds'])
  const rates = Object.keys(objectOf(all[0]?.['rates']) ?? {})
  return {
    ...{ key: 'thresholds', title: 'Thresholds' },
    rows: all.length === 0 ? [unmeasured('Thresholds')] : [],
    table:
      all.length === 0
        ? null
        : {
            head: ['At', 'Threshold', ...rates],
            rows: all.map(each => [
              textOf(each['at']),
              numberText(each['threshold']),
              ...rates.map(rate => numberText(objectOf(each['rates'])?.[rate])),
            ]),
          },
  }
}
