import { cellsOf, type FeatureAnswer, type FeatureReadRequest } from '../../features/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Value } from '../../kernel/values/index.ts'
import { requireRows } from '../dialects/rows.ts'
import { checkKey } from '../front/checker.ts'
import type { FrontState } from '../front/front-state.ts'
import type { RequestField } from '../front/signature.ts'

type Asked = Pick<FeatureReadRequest, 'entities' | 'decode' | 'asOf'>

/** Everything the release of a deployment looks up, as that release does. */
export async function deploymentAnswer(
  state: FrontState,
  name: string,
  asked: Asked,
): Promise<FeatureAnswer> {
  const loaded = state.releases.find(name)?.current
  if (!loaded)
    throw new FettleError('UNKNOWN_DEPLOYMENT', `no release of ${JSON.stringify(name.slice(0, 80))} answers`)
  const rows = requestRows(asked, loaded.release.features.request)
  const { names, types } = loaded.features
  const none = { values: [], statuses: [], eventTimes: [], errors: [] }
  const found = rows.length === 0 ? none : await loaded.features.read(rows, asked.asOf)
  return {
    shape: loaded.features,
    asOf: asked.asOf,
    rows: rows.length,
    keys: [],
    columns: names.map((column, at) => ({
      name: column,
      type: types[at] ?? 'string',
      lookup: null,
      view: null,
      cells: cellsOf(
        types[at] ?? 'string',
        found.values.map(row => row[at] ?? null),
        found.statuses.map(row => row[at] ?? 'ERROR'),
      ),
    })),
    views: [],
    errors: found.errors.map(message => ({ column: null, row: null, code: 'FEATURE_ERROR', message })),
  }
}

function requestRows(
  { entities, decode }: Asked,
  fields: readonly RequestField[],
): readonly Readonly<Record<string, Value>>[] {
  const columns = fields.map(field => ({ field, values: columnOf(entities, field) }))
  const count = columns[0]?.values.length ?? 0
  const ragged = columns.find(({ values }) => values.length !== count)
  if (ragged)
    throw new FettleError(
      'RAGGED_DATA',
      `"${ragged.field.name}" has ${ragged.values.length} values, another column has ${count}`,
      { details: { column: ragged.field.name } },
    )
  requireRows(count)
  return Array.from({ length: count }, (_, row) =>
    Object.fromEntries(
      columns.map(({ field, values }) => {
        const value = decode(values[row], field.type, { column: field.name, row })
        if (typeof value === 'string' && field.role === 'key') checkKey(field.name, value, row)
        return [field.name, value]
      }),
    ),
  )
}

function columnOf(entities: Asked['entities'], { name, role }: RequestField): readonly unknown[] {
  const values = Object.hasOwn(entities, name) ? entities[name] : undefined
  if (Array.isArray(values)) return values
  const code = role === 'key' ? 'KEY_MISSING' : 'REQUEST_FIELD_MISSING'
  throw new FettleError(code, `column "${name}" is missing or no list`, { details: { column: name } })
}
