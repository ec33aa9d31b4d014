import type { ErrorCode } from '../../kernel/errors/index.ts'
import { errorCatalogue } from '../../kernel/errors/index.ts'
import { isName } from '../../kernel/ids.ts'
import { nearestFirst } from '../../kernel/nearest.ts'
import type { Micros } from '../../kernel/time.ts'
import { parseDuration } from '../../kernel/time.ts'
import type { ValueType } from '../../kernel/values/model.ts'
import type {
  ColumnData,
  Definition,
  DeploymentData,
  EntityData,
  FeatureViewData,
  ModelData,
  OnDemandData,
  PredicateData,
  SourceData,
  TrainingSetData,
} from '../model.ts'

/** One thing wrong with a project. All are reported together. */
export interface Problem {
  readonly code: ErrorCode
  /** `featureView:origin_delays` */
  readonly ref: string
  /** Where inside the definition: `features.delay_mean_24h.column`. */
  readonly path: string
  readonly message: string
  readonly hint: string
  /** `definitions/features.ts:12`, when the loader knows. */
  readonly location: string | null
}

/** What a check of one definition needs: the others by name, and where to put what it finds. */
export interface Checking {
  readonly sources: ReadonlyMap<string, SourceData>
  readonly entities: ReadonlyMap<string, EntityData>
  readonly views: ReadonlyMap<string, FeatureViewData>
  readonly onDemand: ReadonlyMap<string, OnDemandData>
  readonly trainingSets: ReadonlyMap<string, TrainingSetData>
  readonly deployments: ReadonlyMap<string, DeploymentData>
  readonly models: ReadonlyMap<string, ModelData>
  report(problem: {
    readonly code: ErrorCode
    readonly path: string
    readonly message: string
    readonly hint?: string
  }): void
}

export type Report = Checking['report']

/** Collects problems of one definition. */
export function reporter(
  definition: Definition,
  locations: Readonly<Record<string, string>>,
  problems: Problem[],
): Report {
  const ref = `${definition.kind}:${definition.name}`
  return ({ code, path, message, hint }) => {
    problems.push({
      code,
      ref,
      path,
      message,
      hint: hint ?? errorCatalogue[code].hint,
      location: locations[ref] ?? null,
    })
  }
}

export function checkName(name: string, path: string, report: Report): void {
  if (name.startsWith('__'))
    report({ code: 'RESERVED_NAME', path, message: `"${name}" begins with two underscores` })
  else if (!isName(name)) {
    report({ code: 'NAME_INVALID', path, message: `"${name}" is no usable name` })
  }
}

/** Microseconds of a duration, or undefined after reporting that it is none. */
export function checkDuration(text: string | undefined, path: string, report: Report): Micros | undefined {
  if (text === undefined) return undefined
  try {
    return parseDuration(text)
  } catch {
    report({ code: 'BAD_DURATION', path, message: `"${text}" is not a duration` })
    return undefined
  }
}

/** The declared column, or undefined after reporting it missing with the nearest names. */
export function checkColumn(
  source: SourceData,
  column: string,
  place: { path: string; report: Report },
): ColumnData | undefined {
  const found = source.columns.find(each => each.name === column)
  if (found) return found
  const names = source.columns.map(each => each.name)
  place.report({
    code: 'COLUMN_UNKNOWN',
    path: place.path,
    message: `source "${source.name}" declares no column "${column}"`,
    hint: `Use one of: ${nearestFirst(column, names).slice(0, 3).join(', ')}; or declare the column in the source.`,
  })
  return undefined
}

export function checkPredicate(
  source: SourceData,
  predicate: PredicateData,
  place: { path: string; report: Report },
): void {
  const column = checkColumn(source, predicate.column, place)
  if (column) checkValueTypes(column, predicate, place)
}

/** Reports values that cannot be compared with the column. */
export function checkValueTypes(
  column: Pick<ColumnData, 'name' | 'type'>,
  predicate: PredicateData,
  place: { path: string; report: Report },
): void {
  if (predicate.op === 'is_null' || predicate.op === 'is_not_null') return
  const values = Array.isArray(predicate.value) ? predicate.value : [predicate.value]
  for (const value of values) {
    if (!comparable(column.type, typeof value)) {
      place.report({
        code: 'COLUMN_TYPE',
        path: place.path,
        message: `column "${column.name}" is ${column.type} and cannot be compared with ${JSON.stringify(value)}`,
      })
    }
  }
}

function comparable(type: ValueType, kind: string): boolean {
  if (type === 'bool') return kind === 'boolean'
  if (type === 'int64' || type === 'float64' || type === 'float32') return kind === 'number'
  return kind === 'string'
}
