import type { Field } from './ast.ts'
import { type SearchTarget, targets } from './targets.ts'

/** Plain letters, digits, `_` and dots, or quoted pieces; in single quotes only behind a dot, where no text can stand. */
export const identifierPattern = /(?:[\p{L}\p{N}\p{M}_.]|`[^`]*`|"[^"]*"|(?<=\.)'[^']*')+/uy

const entities: Readonly<Record<string, Field['kind']>> = {
  metric: 'metric',
  metrics: 'metric',
  param: 'param',
  params: 'param',
  parameter: 'param',
  parameters: 'param',
  tag: 'tag',
  tags: 'tag',
  attribute: 'attribute',
  attributes: 'attribute',
  attr: 'attribute',
  run: 'attribute',
  dataset: 'dataset',
  datasets: 'dataset',
  model: 'model',
}

const accessors = { min: 'min', max: 'max', first: 'first', last: 'latest' } as const

export interface IdentifierRules {
  readonly target: SearchTarget
  readonly grammar: 'mlflow' | 'fettle'
  readonly use: 'filter' | 'order'
}

/** The field an identifier names, or what is wrong with it. */
export function resolveIdentifier(written: string, rules: IdentifierRules): Field | string {
  const [entity, key] = splitEntity(written)
  if (key === undefined) return attribute(unquote(entity) ?? entity, rules)
  const name = unquote(entity) ?? entity
  const kind = Object.hasOwn(entities, name) ? entities[name] : undefined
  const { keyed } = targets[rules.target]
  const own = kind === 'model' && rules.grammar === 'mlflow'
  if (kind === undefined || own || (kind !== 'attribute' && !keyed.includes(kind)))
    return `Invalid entity type '${name}'. Valid values are ['attribute', ${keyed.map(each => `'${each}'`).join(', ')}]`
  if (kind === 'attribute') return attribute(unquote(key) ?? key, rules)
  if (kind === 'metric') return metric(key, rules)
  const plain = unquote(key)
  if (plain === undefined || plain === '') return `the key of ${name} is empty or quoted in part`
  if (kind === 'param' || kind === 'tag') return { kind, key: plain }
  if (rules.use === 'order') return `nothing can be ordered by ${name}`
  return kind === 'dataset' ? dataset(plain, rules) : model(plain)
}

/** At the first dot outside quotes. */
function splitEntity(written: string): readonly [string, string | undefined] {
  const entity = /^(?:[^.`"]|`[^`]*`|"[^"]*")*/.exec(written)?.[0] ?? ''
  return entity.length === written.length ? [entity, undefined] : [entity, written.slice(entity.length + 1)]
}

/** Undefined when only a part is quoted. */
function unquote(text: string): string | undefined {
  const quoted = /^(?:`([^`]*)`|"([^"]*)"|'([^']*)')$/.exec(text)
  if (quoted !== null) return quoted[1] ?? quoted[2] ?? quoted[3]
  return /[`"']/.test(text) ? undefined : text
}

function attribute(written: string, { target, grammar, use }: IdentifierRules): Field | string {
  const { attributes, aliases } = targets[target]
  const name = Object.hasOwn(aliases, written) ? (aliases[written] ?? written) : written
  const rule = Object.hasOwn(attributes, name) ? attributes[name] : undefined
  const usable = rule !== undefined && (rule.only ?? use) === use && !(rule.own && grammar === 'mlflow')
  if (usable) return { kind: 'attribute', name, type: rule.type }
  const valid = Object.entries(attributes)
    .filter(([, each]) => (each.only ?? use) === use && !(each.own && grammar === 'mlflow'))
    .map(([each]) => each)
  return `Invalid attribute key '${written}' specified. Valid keys are '${valid.join(', ')}'`
}

function metric(written: string, { grammar }: IdentifierRules): Field | string {
  const plain = unquote(written)
  if (plain === '') return 'the key of the metric is empty'
  const quotedWhole = plain !== undefined && plain !== written
  const accessor = /^(.+)\.(min|max|first|last)$/.exec(written)
  if (grammar === 'fettle' && !quotedWhole && accessor !== null) {
    const key = unquote(accessor[1] ?? '')
    const of = accessors[accessor[2] as keyof typeof accessors]
    if (key !== undefined && key !== '') return { kind: 'metric', key, of }
  }
  return plain === undefined
    ? 'the key of the metric is quoted in part'
    : { kind: 'metric', key: plain, of: 'latest' }
}

function dataset(name: string, { grammar }: IdentifierRules): Field | string {
  if (name === 'name' || name === 'digest' || name === 'context' || (name === 'hash' && grammar === 'fettle'))
    return { kind: 'dataset', name }
  return `Invalid dataset key '${name}' specified. Valid keys are 'name, digest, context'`
}

function model(name: string): Field | string {
  return name === 'version'
    ? { kind: 'model', name }
    : `Invalid model key '${name}' specified. Valid keys are 'version'`
}
