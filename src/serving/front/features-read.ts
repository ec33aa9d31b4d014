import { FettleError } from '../../kernel/errors/index.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import { type FeatureStatus, statusLetters, type Value, type ValueType } from '../../kernel/values/model.ts'
import { coerce } from '../json/coerce.ts'
import { parseBody } from '../json/parse-body.ts'
import type { ServableRelease } from '../model.ts'
import type { FeatureRows, PreparedFeatures } from '../ports.ts'
import { checkKey } from './checker.ts'
import type { FrontState } from './front-state.ts'
import type { Reply } from './http.ts'
import { requireRows } from './native.ts'
import type { RequestField } from './signature.ts'

type ReleaseFeatures = ServableRelease['features']

/** What a read asks for, made ready against the online store. */
interface FeatureQuery {
  readonly prepared: PreparedFeatures
  readonly fields: readonly RequestField[]
}

/**
 * POST /features/read: features of entities as columns. `features` are `view:feature` of views that some release
 * uses; or `deployment` stands for everything a deployment looks up. `entities` are columns of keys (and `request`
 * of request fields), equally long.
 */
export async function readFeatures(state: FrontState, body: Buffer): Promise<Reply> {
  const value = parseBody(body, { integers: true })
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new FettleError('BAD_JSON', 'the body is not an object')
  const request = value as Readonly<Record<string, unknown>>
  const { prepared, fields } = queryOf(state, request)
  const rows = rowsOf({ ...asColumns(request['entities']), ...asColumns(request['request']) }, fields)
  const asOf = state.featureClock.nowMicros()
  const found =
    rows.length === 0
      ? { values: [], statuses: [], eventTimes: [], errors: [] }
      : await prepared.read(rows, asOf)
  const columns = prepared.names.map((name, j) => columnText(name, prepared.types[j] as ValueType, found, j))
  const text = `{"as_of":"${formatTimestamp(asOf)}","rows":${rows.length},"columns":[${columns.join(',')}],"errors":${JSON.stringify(found.errors)}}`
  return { status: 200, body: text }
}

function queryOf(state: FrontState, request: Readonly<Record<string, unknown>>): FeatureQuery {
  const name = request['deployment']
  if (typeof name === 'string') {
    const loaded = state.releases.find(name)?.current
    if (!loaded)
      throw new FettleError(
        'UNKNOWN_DEPLOYMENT',
        `no release of ${JSON.stringify(name.slice(0, 80))} answers`,
      )
    return { prepared: loaded.features, fields: loaded.release.features.request }
  }
  const references = request['features']
  if (!Array.isArray(references) || references.length === 0)
    throw new FettleError('NO_FEATURES', 'features is not a list of view:feature, and no deployment is named')
  const features = adHocFeatures(state, references)
  return { prepared: state.prepareFeatures(features), fields: features.request }
}

/** Views are taken from the releases that are loaded; keys are named as the source names them. */
function adHocFeatures(state: FrontState, references: readonly unknown[]): ReleaseFeatures {
  const known = state.releases.list().flatMap(each => (each.current ? [each.current.release.features] : []))
  const asked = new Map<string, string[]>()
  for (const reference of references) {
    const [view, feature, ...more] = typeof reference === 'string' ? reference.split(':') : []
    if (!view || !feature || more.length > 0)
      throw new FettleError('BAD_REFERENCE', `${JSON.stringify(reference)?.slice(0, 80)} is not view:feature`)
    asked.set(view, [...(asked.get(view) ?? []), feature])
  }
  const views = [...asked].map(([name, features]) => {
    const view = known.flatMap(each => each.views).find(each => each.name === name)
    if (!view)
      throw new FettleError(
        'FEATURE_VIEW_UNKNOWN',
        `no loaded release uses a feature view "${name.slice(0, 80)}"`,
      )
    const unknown = features.find(feature => !view.features.some(each => each.name === feature))
    if (unknown !== undefined)
      throw new FettleError('FEATURE_UNKNOWN', `view "${name}" has no feature "${unknown.slice(0, 80)}"`)
    return view
  })
  const sources = known.flatMap(each => each.sources)
  const request = new Map<string, RequestField>()
  for (const view of views) {
    const source = sources.find(each => each.name === view.source)
    for (const key of view.keys) {
      const type = source?.columns.find(each => each.name === key)?.type ?? 'string'
      request.set(key, { name: key, type, role: 'key', nullable: false, description: null })
    }
  }
  return {
    request: [...request.values()],
    lookups: views.map(view => ({
      view: view.name,
      as: view.name,
      keys: view.keys,
      features: asked.get(view.name) ?? [],
    })),
    fullNames: views.length > 1,
    views,
    sources,
    onDemand: [],
    vector: [],
  }
}

function asColumns(value: unknown): Readonly<Record<string, unknown>> {
  if (value === undefined) return {}
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Readonly<Record<string, unknown>>
  throw new FettleError('RAGGED_DATA', 'entities and request are objects of columns')
}

function rowsOf(
  columns: Readonly<Record<string, unknown>>,
  fields: readonly RequestField[],
): readonly Readonly<Record<string, Value>>[] {
  let count: number | undefined
  const typed = fields.map(field => {
    const values = columns[field.name]
    const code = field.role === 'key' ? 'KEY_MISSING' : 'REQUEST_FIELD_MISSING'
    if (!Array.isArray(values))
      throw new FettleError(code, `column "${field.name}" is missing or no list`, {
        details: { column: field.name },
      })
    count ??= values.length
    if (values.length !== count)
      throw new FettleError(
        'RAGGED_DATA',
        `column "${field.name}" has ${values.length} values, another has ${count}`,
      )
    return values.map((value: unknown, row) => {
      const key = coerce(value, field.type, { column: field.name, row, nullable: field.nullable })
      if (typeof key === 'string' && field.role === 'key') checkKey(field.name, key, row)
      return key
    })
  })
  requireRows(count ?? 0)
  return Array.from({ length: count ?? 0 }, (_, row) =>
    Object.fromEntries(fields.map((field, i) => [field.name, typed[i]?.[row] ?? null])),
  )
}

function columnText(name: string, type: ValueType, found: FeatureRows, j: number): string {
  const values = found.values.map(row => valueText(row[j] ?? null, type))
  const letters = found.statuses.map(row => statusLetters[row[j] as FeatureStatus]).join('')
  const status = /^(.)\1*$/.test(letters) ? letters[0] : letters
  return `{"name":${JSON.stringify(name)},"type":"${type}","values":[${values.join(',')}],"status":"${status ?? ''}"}`
}

/** JSON text of a value: integers exact, times RFC 3339, bytes base64. */
function valueText(value: Value, type: ValueType): string {
  if (value === null) return 'null'
  if (typeof value === 'bigint') return type === 'timestamp' ? `"${formatTimestamp(value)}"` : String(value)
  if (typeof value === 'number' && type === 'date')
    return `"${new Date(value * 86_400_000).toISOString().slice(0, 10)}"`
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null'
  if (value instanceof Uint8Array) return JSON.stringify(Buffer.from(value).toString('base64'))
  if (Array.isArray(value)) return `[${value.map(each => valueText(each as Value, 'float64')).join(',')}]`
  return JSON.stringify(value) ?? 'null'
}
