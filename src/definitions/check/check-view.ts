import type { ValueType } from '../../kernel/values/model.ts'
import type { FeatureViewData, SourceData, WindowFeatureData, WindowOperator } from '../model.ts'
import { type Checking, checkColumn, checkDuration, checkName, checkPredicate } from './problem.ts'

export function checkFeatureView(view: FeatureViewData, checking: Checking): void {
  const { report, sources } = checking
  checkDuration(view.maxAge, 'maxAge', report)
  checkDuration(view.lookback, 'lookback', report)
  const source = sources.get(view.source)
  if (!source) {
    report({ code: 'REFERENCE_UNKNOWN', path: 'source', message: `source "${view.source}" is not exported` })
    return
  }
  if (source.eventTime === null) {
    report({
      code: 'EVENT_TIME_MISSING',
      path: 'source',
      message: `source "${source.name}" has no event time, so features cannot be joined at a point in time`,
    })
  }
  checkKeys(view, source, checking)
  if (view.features.length === 0)
    report({ code: 'DEFINITION_EMPTY', path: 'features', message: `view "${view.name}" has no features` })
  if (new Set(view.features.map(feature => feature.kind)).size > 1) {
    report({
      code: 'BAD_PARAMETER',
      path: 'features',
      message: 'a view holds either columns as of a time or aggregations over windows, not both',
      hint: 'Split it into two views of the same entity.',
    })
  }
  for (const feature of view.features) {
    const path = `features.${feature.name}`
    checkName(feature.name, path, report)
    if (feature.kind === 'lookup') checkColumn(source, feature.column, { path, report })
    else checkWindow(feature, source, { path, report })
  }
}

function checkKeys(view: FeatureViewData, source: SourceData, { entities, report }: Checking): void {
  if (view.entity === null) return
  const entity = entities.get(view.entity)
  if (!entity) {
    report({ code: 'REFERENCE_UNKNOWN', path: 'entity', message: `entity "${view.entity}" is not exported` })
    return
  }
  entity.key.forEach((component, index) => {
    const column = checkColumn(source, view.keys[index] ?? '', { path: `keys.${component.name}`, report })
    if (column && column.type !== component.type) {
      report({
        code: 'COLUMN_TYPE',
        path: `keys.${component.name}`,
        message: `key component "${component.name}" is ${component.type}, column "${column.name}" is ${column.type}`,
      })
    }
  })
}

function checkWindow(
  feature: WindowFeatureData,
  source: SourceData,
  place: { path: string; report: Checking['report'] },
): void {
  const { path, report } = place
  if (feature.where) checkPredicate(source, feature.where, { path: `${path}.where`, report })
  if (feature.column !== undefined) {
    const column = checkColumn(source, feature.column, { path: `${path}.column`, report })
    if (column && !operatorTakes(feature.op, column.type)) {
      report({
        code: 'OPERATOR_TYPE',
        path,
        message: `${feature.op} does not take ${column.type} (column "${column.name}")`,
      })
    }
  }
  const hop = checkDuration(feature.hop, `${path}.hop`, report)
  if (feature.window === 'all') return
  const window = checkDuration(feature.window, `${path}.window`, report)
  if (window !== undefined && hop !== undefined && hop > window) {
    report({
      code: 'BAD_WINDOW',
      path,
      message: `hop ${feature.hop} is longer than window ${feature.window}`,
    })
  }
}

const numeric = (type: ValueType) =>
  type === 'int64' || type === 'float64' || type === 'float32' || type.startsWith('decimal')
const scalar = (type: ValueType) => !type.startsWith('list') && !type.startsWith('map')

/** The operator table of features.md §4. */
export function operatorTakes(op: WindowOperator, type: ValueType): boolean {
  switch (op) {
    case 'sum':
      return numeric(type) && decimalDigits(type) <= 28
    case 'mean':
    case 'var_pop':
    case 'var_samp':
    case 'stddev_pop':
    case 'stddev_samp':
    case 'quantile':
    case 'approx_quantile':
      return numeric(type)
    case 'histogram':
      return type === 'string' || type === 'bool' || type === 'int64'
    case 'any':
    case 'all':
      return type === 'bool'
    case 'min':
    case 'max':
    case 'mode':
      return scalar(type)
    default:
      return true
  }
}

function decimalDigits(type: ValueType): number {
  const match = /^decimal\((\d+),/.exec(type)
  return match ? Number(match[1]) : 0
}
