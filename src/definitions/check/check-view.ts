import { type Micros, parseDuration } from '../../kernel/time.ts'
import type { ValueType } from '../../kernel/values/model.ts'
import type { FeatureViewData, SourceData, WindowFeatureData, WindowOperator } from '../model.ts'
import {
  type Checking,
  checkColumn,
  checkDuration,
  checkName,
  checkPredicate,
  type Report,
} from './problem.ts'

export function checkFeatureView(view: FeatureViewData, checking: Checking): void {
  const { report, sources } = checking
  checkAges(view, report)
  checkSchedule(view.schedule, report)
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

/** Of ages, what must not be shorter than what (features.md §3.4, §11.4). */
function checkAges(view: FeatureViewData, report: Report): void {
  const maxAge = checkDuration(view.maxAge, 'maxAge', report)
  checkDuration(view.lookback, 'lookback', report)
  const expiry = checkDuration(view.expiry, 'expiry', report)
  const freshness = checkDuration(view.freshness, 'freshness', report)
  if (freshness !== undefined && maxAge !== undefined && freshness > maxAge)
    report({
      code: 'FRESHNESS_TOO_LONG',
      path: 'freshness',
      message: `freshness ${view.freshness} is longer than maxAge ${view.maxAge}`,
    })
  if (expiry === undefined) return
  const tooShort = (than: string): void =>
    report({
      code: 'EXPIRY_TOO_SHORT',
      path: 'expiry',
      message: `expiry ${view.expiry} is shorter than ${than}`,
    })
  if (maxAge !== undefined && expiry < maxAge) tooShort(`maxAge ${view.maxAge}`)
  for (const feature of view.features) {
    if (feature.kind !== 'window') continue
    const { name, window, hop } = feature
    if (window === 'all') tooShort(`the window of "${name}", which has no end`)
    else if (lengthOf(window) + lengthOf(hop) > expiry)
      tooShort(`window + hop of "${name}" (${window} + ${hop})`)
  }
}

/** 0 for text that is no duration: that is reported where the window is checked. */
function lengthOf(text: string): Micros {
  try {
    return parseDuration(text)
  } catch {
    return 0n
  }
}

/** Intervals by name, or five cron fields. */
export function checkSchedule(schedule: string | undefined, report: Report): void {
  if (schedule === undefined || /^(hourly|daily|weekly)$/.test(schedule)) return
  if (/^([\w*,/-]+ ){4}[\w*,/-]+$/.test(schedule)) return
  report({
    code: 'BAD_SCHEDULE',
    path: 'schedule',
    message: `"${schedule}" is no schedule`,
    hint: "Write 'hourly', 'daily', 'weekly', or five cron fields: '15 * * * *'.",
  })
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
        hint: `It takes ${takenBy(feature.op)}.`,
      })
    }
  } else if (feature.op !== 'count' && feature.op !== 'since_last') {
    report({ code: 'BAD_PARAMETER', path: `${path}.column`, message: `${feature.op} needs a column` })
  }
  checkParameters(feature, place)
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

function checkParameters(
  { op, k, p, limit }: WindowFeatureData,
  { path, report }: { path: string; report: Checking['report'] },
): void {
  const refuse = (message: string): void => report({ code: 'BAD_PARAMETER', path, message })
  const whole = (value: number | undefined): boolean => Number.isInteger(value) && (value ?? 0) >= 1
  if (op.endsWith('_k') && !whole(k)) refuse(`${op} needs a whole number of elements from 1, not ${k}`)
  if (op.endsWith('quantile') && !(p !== undefined && p >= 0 && p <= 1))
    refuse(`${op} needs a probability from 0 to 1, not ${p}`)
  if (limit !== undefined && !whole(limit))
    refuse(`${op} needs a limit that is a whole number from 1, not ${limit}`)
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

/** Types an operator takes, in words. */
function takenBy(op: WindowOperator): string {
  switch (op) {
    case 'sum':
      return 'int64, float64, float32 and decimals of at most 28 digits'
    case 'histogram':
      return 'string, bool and int64'
    case 'any':
    case 'all':
      return 'bool'
    case 'min':
    case 'max':
    case 'mode':
      return 'everything but lists and maps'
    default:
      return 'numbers'
  }
}

function decimalDigits(type: ValueType): number {
  const match = /^decimal\((\d+),/.exec(type)
  return match ? Number(match[1]) : 0
}
