import { isAbsolute, join, relative } from 'node:path'
import { formatDuration } from '../../kernel/time.ts'
import type { ValueType } from '../../kernel/values/model.ts'
import type { FeastField, FeastOnDemand, FeastRegistry, FeastSource, FeastView } from './feast-schema.ts'
import {
  type ImportedColumn,
  type ImportedDefinitions,
  type ImportedEntity,
  type ImportedSource,
  type ImportedView,
  languageName,
  type NotCarried,
} from './imported.ts'

/** Numbers of Feast's ValueType. JSON and UUIDs are texts. */
const types: Readonly<Record<number, ValueType>> = {
  1: 'bytes',
  2: 'string',
  3: 'int64',
  4: 'int64',
  5: 'float64',
  6: 'float32',
  7: 'bool',
  8: 'timestamp',
  32: 'string',
  36: 'string',
  37: 'string',
}
const keyTypes: readonly ValueType[] = ['string', 'int64', 'bool', 'timestamp']
const pushType = 9
const fileType = 1

export interface FeastPlaces {
  readonly repository: string
  /** Paths of files are written relative to it. */
  readonly project: string
}

interface Draft {
  readonly registry: FeastRegistry
  readonly places: FeastPlaces
  readonly entities: Map<string, ImportedEntity>
  readonly sources: Map<string, ImportedSource>
  readonly views: ImportedView[]
  readonly notCarried: NotCarried[]
}

/** Definitions for what a Feast registry holds, and a line for everything that is not in them as it was. */
export function feastDefinitions(registry: FeastRegistry, places: FeastPlaces): ImportedDefinitions {
  const draft: Draft = {
    registry,
    places,
    entities: new Map(),
    sources: new Map(),
    views: [],
    notCarried: [],
  }
  for (const { spec } of registry.feature_views) addView(draft, spec)
  reportRest(draft)
  const remarks = [
    ...registry.on_demand_feature_views.map(({ spec }) => onDemandRemark(spec)),
    ...registry.feature_services.map(({ spec }) => ({
      title: `Feature service ${spec.name}: as a training set of that name it is served as before.`,
      lines: [
        `trainingSet('${languageName(spec.name)}', { spine: …, lookups: c => [ … ], label: …, split: … })`,
        ...spec.features.map(
          ({ feature_view_name, feature_columns }) =>
            `  ${feature_view_name}: ${feature_columns.map(({ name }) => name).join(', ')}`,
        ),
      ],
    })),
  ]
  return {
    from: 'a Feast registry',
    entities: [...draft.entities.values()],
    sources: [...draft.sources.values()],
    views: draft.views,
    remarks,
    notCarried: draft.notCarried,
  }
}

function addView(draft: Draft, view: FeastView): void {
  const item = `feature view ${view.name}`
  const tell = (reason: string): void => void draft.notCarried.push({ item, reason })
  const batch = view.batch_source ?? view.stream_source?.batch_source ?? null
  const stream = view.stream_source
  const features = carriedFields(view.features, item, draft)
  const key = keyOf(draft, view)
  const reason = whyNot(view, { batch, features, key })
  if (reason !== undefined || !batch) {
    tell(reason ?? 'it has no source')
    return
  }
  if (stream && stream.type !== pushType)
    tell(`its stream ${stream.name} is not read; write the rows to a push source`)
  const columnOf = columnNames(batch)
  const columns = [...key, ...features].map(({ name, type }) => ({ name: columnOf(name), type }))
  const source = addSource(draft, batch, { columns, item, pushed: stream?.type === pushType ? stream : null })
  const entity = key.length === 0 ? undefined : addEntity(draft, view, key)
  const mapped = key.filter(({ name }) => columnOf(name) !== name).map(({ name }) => [name, columnOf(name)])
  const ttl = BigInt(view.ttl?.seconds ?? 0) * 1_000_000n + BigInt(view.ttl?.nanos ?? 0) / 1000n
  const name = languageName(view.name)
  draft.views.push({
    name,
    ...text('description', view.description),
    ...text('owner', view.owner),
    ...(entity === undefined ? {} : { entity }),
    ...(mapped.length === 0 ? {} : { keys: Object.fromEntries(mapped) as Record<string, string> }),
    source,
    features: Object.fromEntries(features.map(feature => [feature.name, columnOf(feature.name)])),
    ...(ttl > 0n ? { maxAge: formatDuration(ttl) } : {}),
  })
  if (name !== view.name) tell(`its name is now ${name}`)
}

interface Parts {
  readonly batch: FeastSource | null
  readonly features: readonly ImportedColumn[]
  readonly key: readonly ImportedColumn[]
}

function whyNot(view: FeastView, { batch, features, key }: Parts): string | undefined {
  if (view.feature_transformation) return 'it is computed by a Python function; write it as SQL or windows'
  if (!batch) return 'it reads other views, not a source'
  if (batch.timestamp_field === '') return 'its source names no event time column'
  if (features.length === 0) return 'none of its features has a type that can be declared'
  const wrong = key.find(component => !keyTypes.includes(component.type))
  return wrong && `its key ${wrong.name} is ${wrong.type}, which cannot be a key`
}

const text = (name: 'description' | 'owner', value: string): { readonly [Each in typeof name]?: string } =>
  value === '' ? {} : { [name]: value }

function carriedFields(fields: readonly FeastField[], item: string, { notCarried }: Draft): ImportedColumn[] {
  return fields.flatMap(({ name, value_type }) => {
    const type = types[value_type]
    if (type) return [{ name, type }]
    notCarried.push({ item: `${item}, feature ${name}`, reason: 'the language has no columns of its type' })
    return []
  })
}

/** Feast knows features by name; `field_mapping` says how columns are renamed to them. */
function columnNames({ field_mapping }: FeastSource): (name: string) => string {
  const columns = new Map(Object.entries(field_mapping).map(([column, name]) => [name, column]))
  return name => columns.get(name) ?? name
}

function keyOf({ registry }: Draft, view: FeastView): readonly ImportedColumn[] {
  return view.entities
    .filter(name => name !== '__dummy')
    .map(name => {
      const spec = registry.entities.find(each => each.spec.name === name)?.spec
      const joinKey = spec?.join_key || name
      const declared = view.entity_columns.find(each => each.name === joinKey)?.value_type
      return { name: joinKey, type: types[declared ?? spec?.value_type ?? 0] ?? 'string' }
    })
}

/** A view of several entities is of the pair; Feast types a key per view, so one entity may be two. */
function addEntity({ entities, registry }: Draft, view: FeastView, key: readonly ImportedColumn[]): string {
  const base = languageName(view.entities.join('_'))
  const description =
    registry.entities.find(({ spec }) => spec.name === view.entities[0])?.spec.description ?? ''
  for (let count = 1; ; count++) {
    const name = count === 1 ? base : `${base}_${count}`
    const known = entities.get(name)
    if (known && JSON.stringify(known.key) !== JSON.stringify(key)) continue
    entities.set(name, { name, key, ...(view.entities.length === 1 ? text('description', description) : {}) })
    return name
  }
}

interface Wanted {
  readonly columns: readonly ImportedColumn[]
  readonly item: string
  /** The view reads this push source; its file stays a source of its own. */
  readonly pushed: FeastSource | null
}

function addSource(draft: Draft, batch: FeastSource, { columns, item, pushed }: Wanted): string {
  const created = batch.created_timestamp_column
  const times = [batch.timestamp_field, ...(created === '' ? [] : [created])]
  const all = [...columns, ...times.map(name => ({ name, type: 'timestamp' as const }))]
  const file = mergeSource(draft, batch, { all, created, from: locationOf(draft, batch) })
  if (!pushed) return file
  draft.notCarried.push({
    item,
    reason: `it reads push source ${pushed.name}; rows that are in ${batch.name} alone must be written to it once`,
  })
  return mergeSource(draft, { ...batch, name: pushed.name }, { all, created, from: { kind: 'push' } })
}

function mergeSource(
  { sources }: Draft,
  { name, timestamp_field, description }: FeastSource,
  {
    all,
    created,
    from,
  }: {
    readonly all: readonly ImportedColumn[]
    readonly created: string
    readonly from: ImportedSource['from']
  },
): string {
  const own = languageName(name || (from.kind === 'push' || from.kind === 'sql' ? 'source' : from.path))
  const columns = new Map([...(sources.get(own)?.columns ?? []), ...all].map(each => [each.name, each]))
  sources.set(own, {
    name: own,
    ...text('description', description),
    from,
    columns: [...columns.values()],
    eventTime: timestamp_field,
    ...(created === '' ? {} : { knownAt: created }),
  })
  return own
}

function locationOf(
  { places, notCarried }: Draft,
  { name, type, file_options }: FeastSource,
): ImportedSource['from'] {
  const uri = file_options?.uri ?? ''
  const local = type === fileType && !uri.includes('://') && !file_options?.file_format?.delta_format
  if (local) {
    const path = isAbsolute(uri) ? uri : join(places.repository, uri)
    return { kind: 'parquet', path: relative(places.project, path) }
  }
  const path = `data/${languageName(name)}.parquet`
  const item = `data source ${name}`
  if (!notCarried.some(each => each.item === item))
    notCarried.push({ item, reason: `it is no local Parquet file; export its rows to ${path}` })
  return { kind: 'parquet', path }
}

function onDemandRemark({
  name,
  features,
  sources,
  user_defined_function,
  feature_transformation,
}: FeastOnDemand) {
  const code = feature_transformation?.user_defined_function ?? user_defined_function
  const inputs = Object.values(sources).flatMap(
    ({ request_data_source, feature_view_projection: projection }) => [
      ...(request_data_source?.request_data_options?.schema ?? []).map(field => `request ${field.name}`),
      ...(projection?.feature_columns ?? []).map(field => `${projection?.feature_view_name}:${field.name}`),
    ],
  )
  return {
    title: `On-demand feature view ${name}: write it as onDemand('${languageName(name)}', { inputs, outputs, compute }).`,
    lines: [
      `inputs:  ${inputs.join(', ')}`,
      `outputs: ${features.map(field => `${field.name} ${types[field.value_type] ?? ''}`).join(', ')}`,
      ...(code?.body_text ?? '').split('\n').filter(line => line !== ''),
    ],
  }
}

function reportRest({ registry, notCarried }: Draft): void {
  const report = (
    kind: string,
    items: readonly { readonly spec: { readonly name: string } }[],
    reason: string,
  ): void => {
    for (const { spec } of items) notCarried.push({ item: `${kind} ${spec.name}`, reason })
  }
  report(
    'on-demand feature view',
    registry.on_demand_feature_views,
    'it is Python; its text is a comment of the file',
  )
  report(
    'feature service',
    registry.feature_services,
    'a training set also needs a label; the list is a comment of the file',
  )
  report(
    'stream feature view',
    registry.stream_feature_views,
    'write its aggregations as windows over a push source',
  )
  report('saved dataset', registry.saved_datasets, 'training sets are made from definitions')
  report('permission', registry.permissions, 'rights are not part of definitions')
  report('label view', registry.label_views, 'labels belong to training sets')
}
