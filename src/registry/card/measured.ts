import type { Json } from '../../kernel/canonical.ts'
import type { CardRow, CardSection } from './model.ts'

const notMeasured = 'not measured'
type JsonObject = { readonly [key: string]: Json | undefined }

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

const unmeasured = (name: string): CardRow => ({ name, value: null, missing: notMeasured, writtenBy: null })
const known = (name: string, value: string): CardRow => ({ name, value, missing: null, writtenBy: null })

function objectOf(value: Json | undefined): JsonObject | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as JsonObject)
    : undefined
}

function listOf(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value)
    ? value.map(each => objectOf(each as Json)).filter(each => each !== undefined)
    : []
}

const textOf = (value: Json | undefined): string => (typeof value === 'string' ? value : '?')

/** Six digits; an undefined quantity with its reason. */
function numberText(value: Json | undefined): string {
  if (typeof value === 'number')
    return Number.isInteger(value) ? String(value) : String(Number(value.toPrecision(6)))
  const reason = objectOf(value)?.['undefined']
  return typeof reason === 'string' ? `undefined (${reason})` : notMeasured
}

function intervalText(value: Json | undefined): string {
  const interval = objectOf(value)
  if (interval === undefined || interval['undefined'] !== undefined) return numberText(value)
  return `${numberText(interval['lower'])} – ${numberText(interval['upper'])}`
}
