import { z } from 'zod'
import { FettleError } from '../../kernel/errors/index.ts'
import { isValueType, type ValueType } from '../../kernel/values/index.ts'
import {
  type ImportedColumn,
  type ImportedDefinitions,
  type ImportedSource,
  type ImportedView,
  languageName,
  type NotCarried,
} from './imported.ts'

/** `name` and `variant` as an object, a pair, or `name.variant`. */
const reference = z
  .union([
    z.object({ name: z.string(), variant: z.string().default('default') }),
    z.tuple([z.string(), z.string()]).transform(([name, variant]) => ({ name, variant })),
    z.string().transform(written => {
      const [name = '', ...variant] = written.split('.')
      return { name, variant: variant.join('.') || 'default' }
    }),
  ])
  .transform(({ name, variant }) => ({ name, variant }))
type Reference = z.infer<typeof reference>

const variant = z.string().default('default')
const column = z.object({ name: z.string(), type: z.string() })
const source = z.object({
  name: z.string(),
  variant,
  description: z.string().optional(),
  path: z.string().optional(),
  table: z.string().optional(),
  query: z.string().optional(),
  columns: z.array(column).default([]),
})
const feature = z.object({
  name: z.string(),
  variant,
  entity: z.string(),
  source: reference,
  type: z.string(),
  columns: z.object({ entity: z.string(), value: z.string(), timestamp: z.string().optional() }),
})
const list = z.object({
  providers: z.array(z.object({ name: z.string() })).default([]),
  sources: z.array(source).default([]),
  entities: z.array(z.object({ name: z.string(), description: z.string().optional() })).default([]),
  features: z.array(feature).default([]),
  labels: z.array(feature).default([]),
  training_sets: z
    .array(z.object({ name: z.string(), variant, label: reference, features: z.array(reference) }))
    .default([]),
})
type Feature = z.infer<typeof feature>
type List = z.infer<typeof list>

/** Featureform's words for types, and the usual ones of other stores. */
const types: Readonly<Record<string, ValueType>> = {
  int: 'int64',
  int32: 'int64',
  integer: 'int64',
  float: 'float64',
  double: 'float64',
  boolean: 'bool',
  str: 'string',
  text: 'string',
  datetime: 'timestamp',
}

const named = ({ name, variant: version }: Reference): string => languageName(`${name}_${version}`)

/** Definitions for a list of resources by name and variant. Throws USAGE for what is no such list. */
export function featureformDefinitions(json: unknown): ImportedDefinitions {
  const parsed = list.safeParse(json)
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new FettleError(
      'USAGE',
      `the list is wrong at ${issue?.path.join('.') || 'its top'}: ${issue?.message}`,
      {
        hint: 'It holds sources, entities, features, labels and training_sets, each with name and variant.',
      },
    )
  }
  const notCarried: NotCarried[] = []
  const resources = parsed.data
  const used = [...resources.features, ...resources.labels]
  const timed = resources.features.filter(each => isTimed(each, notCarried))
  report(resources, notCarried)
  return {
    from: 'a list of resources by name and variant',
    entities: resources.entities.map(({ name, description }) => ({
      name: languageName(name),
      ...(description === undefined ? {} : { description }),
      key: [{ name: languageName(name), type: keyType(resources, name) }],
    })),
    sources: resources.sources.map(each => sourceOf(each, { used, notCarried })),
    views: viewsOf(timed),
    remarks: resources.training_sets.map(set => ({
      title: `Training set ${named(set)}: a label, its maturity and splits are to be added.`,
      lines: [
        `trainingSet('${named(set)}', { spine: …, lookups: c => [ … ], label: …, labelMaturity: …, split: … })`,
        `  label: ${named(set.label)}`,
        `  features: ${set.features.map(named).join(', ')}`,
      ],
    })),
    notCarried,
  }
}

function typeOf(written: string): ValueType {
  const plain = written.toLowerCase()
  return types[plain] ?? (isValueType(plain) ? plain : 'string')
}

function isTimed({ columns, ...each }: Feature, notCarried: NotCarried[]): boolean {
  if (columns.timestamp !== undefined) return true
  notCarried.push({
    item: `feature ${named(each)}`,
    reason: 'it has no timestamp column, so nobody knows when it held',
  })
  return false
}

function keyType({ features, sources }: List, entity: string): ValueType {
  const first = features.find(each => each.entity === entity)
  const found = sources
    .find(each => first && named(each) === named(first.source))
    ?.columns.find(each => each.name === first?.columns.entity)
  return found ? typeOf(found.type) : 'string'
}

type Source = List['sources'][number]

function sourceOf(
  each: Source,
  { used, notCarried }: { readonly used: readonly Feature[]; readonly notCarried: NotCarried[] },
): ImportedSource {
  const mine = used.filter(({ source: from }) => named(from) === named(each))
  const columns = new Map<string, ImportedColumn>()
  for (const { name, type } of each.columns) columns.set(name, { name, type: typeOf(type) })
  const add = (name: string, type: ValueType): void => {
    if (!columns.has(name)) columns.set(name, { name, type })
  }
  for (const { columns: at, type } of mine) {
    add(at.entity, 'string')
    add(at.value, typeOf(type))
    if (at.timestamp !== undefined) columns.set(at.timestamp, { name: at.timestamp, type: 'timestamp' })
  }
  const times = new Set(mine.flatMap(({ columns: { timestamp } }) => timestamp ?? []))
  const [eventTime] = times
  const item = `source ${named(each)}`
  if (times.size > 1)
    notCarried.push({ item, reason: `its features have several times; ${eventTime} is taken` })
  return {
    name: named(each),
    ...(each.description === undefined ? {} : { description: each.description }),
    from: locationOf(each, item, notCarried),
    columns: [...columns.values()],
    ...(eventTime === undefined ? {} : { eventTime }),
  }
}

function locationOf(each: Source, item: string, notCarried: NotCarried[]): ImportedSource['from'] {
  if (each.query !== undefined) {
    const parts = each.query.split(/\{\{\s*([^}]+?)\s*\}\}/)
    const sources = parts
      .filter((_, index) => index % 2 === 1)
      .map(written => named(reference.parse(written)))
    return { kind: 'sql', texts: parts.filter((_, index) => index % 2 === 0), sources }
  }
  if (each.path?.endsWith('.csv') && !each.path.includes('://')) return { kind: 'csv', path: each.path }
  if (each.path?.endsWith('.parquet') && !each.path.includes('://'))
    return { kind: 'parquet', path: each.path }
  const path = `data/${named(each)}.parquet`
  const where = each.table ?? each.path ?? 'somewhere else'
  notCarried.push({ item, reason: `its rows are in ${where}; export them to ${path}, or name the table` })
  return { kind: 'parquet', path }
}

/** One view for the features of an entity that stand in the same columns of a source. */
function viewsOf(features: readonly Feature[]): readonly ImportedView[] {
  const views = new Map<string, ImportedView>()
  for (const each of features) {
    const name = languageName(`${named(each.source)}_${each.entity}`)
    const entity = languageName(each.entity)
    views.set(name, {
      name,
      entity,
      ...(each.columns.entity === entity ? {} : { keys: { [entity]: each.columns.entity } }),
      source: named(each.source),
      features: { ...views.get(name)?.features, [named(each)]: each.columns.value },
    })
  }
  return [...views.values()]
}

function report({ providers, labels, training_sets }: List, notCarried: NotCarried[]): void {
  for (const { name } of providers)
    notCarried.push({
      item: `provider ${name}`,
      reason: 'stores are named in fettle.json, not in definitions',
    })
  for (const each of labels)
    notCarried.push({
      item: `label ${named(each)}`,
      reason: 'a label belongs to a training set, with the time after which it is final',
    })
  for (const each of training_sets)
    notCarried.push({
      item: `training set ${named(each)}`,
      reason: 'it lacks label maturity and splits; it is a comment of the file',
    })
}
