import {
  type Clause,
  type Condition,
  type Cursors,
  clausesOf,
  type Field,
  likeMatcher,
  type Place,
  parseFilter,
  parseOrder,
  textDecider,
} from '../../experiments/index.ts'
import { contentHash } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import type { Page } from '../../kernel/unit-of-work.ts'
import type {
  ModelOrderField,
  RecordScan,
  RegistryStore,
  Scanned,
  StoredVersion,
  VersionOrderField,
} from '../ports.ts'
import type { ModelRecord } from './model.ts'
import type { RegistrySearch } from './service.ts'

const promptTag = 'mlflow.prompt.is_prompt'

type Attributes = Readonly<Record<string, string | number | null>>

interface Target<Item> {
  readonly target: 'models' | 'versions'
  readonly limits: { readonly usual: number; readonly most: number }
  attributes(item: Item): Attributes
  tags(item: Item): Readonly<Record<string, string>>
}

const models: Target<ModelRecord> = {
  target: 'models',
  limits: { usual: 100, most: 1_000 },
  attributes: ({ name }) => ({ name }),
  tags: ({ tags }) => tags,
}

const versions: Target<StoredVersion> = {
  target: 'versions',
  limits: { usual: 10_000, most: 200_000 },
  attributes: ({ model, run, source, version }) => ({
    name: model,
    // Who registers without a run says so with an empty one.
    run_id: run ?? '',
    source_path: source,
    version_number: version,
  }),
  tags: ({ tags }) => tags,
}

const orderFields = {
  name: 'name',
  version_number: 'version',
  creation_timestamp: 'createdAt',
  last_updated_timestamp: 'updatedAt',
} as const

export interface SearchParts {
  readonly store: RegistryStore
  readonly cursors: Cursors
  readonly now: Micros
}

/** Models whose filter does not ask for prompts are no prompts. Throws FILTER_INVALID, ORDER_INVALID, REGISTRY_INVALID. */
export function searchModels(parts: SearchParts, query: RegistrySearch): Promise<Page<ModelRecord>> {
  const { condition, scope, matches, order, ...scan } = scanOf(query, models, parts.now)
  const prompts = condition !== undefined && clausesOf(condition).some(asksForPrompts)
  return paged(parts.cursors, { scope, cursor: query.cursor }, after =>
    parts.store.scanModels({
      ...scan,
      after,
      order: order as RecordScan<ModelRecord, ModelOrderField>['order'],
      matches: model => (prompts || model.kind === 'model') && matches(model),
    }),
  )
}

/** Versions of prompts are left out as prompts are. Throws FILTER_INVALID, ORDER_INVALID, REGISTRY_INVALID. */
export function searchVersions(parts: SearchParts, query: RegistrySearch): Promise<Page<StoredVersion>> {
  const { condition, scope, matches, ...scan } = scanOf(query, versions, parts.now)
  const asked = condition !== undefined && clausesOf(condition).some(asksForPrompts)
  const prompts = query.prompts === true || asked
  return paged(parts.cursors, { scope, cursor: query.cursor }, after =>
    parts.store.scanVersions({
      ...scan,
      after,
      matches: version => (prompts || version.tags[promptTag] !== 'true') && matches(version),
    }),
  )
}

async function paged<Item>(
  cursors: Cursors,
  { scope, cursor }: { readonly scope: string; readonly cursor: string | undefined },
  scan: (after: Place | undefined) => Promise<Scanned<Item>>,
): Promise<Page<Item>> {
  const { items, end } = await scan(await cursors.read(scope, cursor))
  return end === undefined ? { items } : { items, next: await cursors.write(scope, end) }
}

function asksForPrompts({ field, test }: Clause): boolean {
  if (field.kind !== 'tag' || field.key !== promptTag || test.kind !== 'compare') return false
  const value = String(test.value).toLowerCase()
  return (test.op === '=' && value === 'true') || (test.op === '!=' && value === 'false')
}

function scanOf<Item>({ filter, orderBy, limit }: RegistrySearch, target: Target<Item>, now: Micros) {
  const grammar = { target: target.target, grammar: 'mlflow' } as const
  const condition = parseFilter(filter, { ...grammar, now })
  const order = parseOrder(orderBy, grammar).map(({ field, descending }) => ({
    field: orderField(field),
    ascending: !descending,
  }))
  return {
    condition,
    order,
    matches: (item: Item) => condition === undefined || holds(condition, item, target),
    narrow: condition === undefined ? {} : narrowed(condition),
    scope: contentHash({ search: target.target, filter: filter ?? '', order }),
    limit: checkedLimit(limit, target.limits),
  }
}

function checkedLimit(
  limit: number | undefined,
  { usual, most }: { readonly usual: number; readonly most: number },
): number {
  if (limit === undefined) return usual
  if (Number.isInteger(limit) && limit >= 1 && limit <= most) return limit
  throw new FettleError(
    'REGISTRY_INVALID',
    `Invalid value ${limit} for parameter 'max_results' supplied: it is a whole number from 1 to ${most}`,
  )
}

function orderField(field: Field): VersionOrderField {
  const name = field.kind === 'attribute' ? field.name : ''
  const found = Object.entries(orderFields).find(([written]) => written === name)
  if (found === undefined) throw new FettleError('ORDER_INVALID', `Nothing can be ordered by '${name}'`)
  return found[1]
}

/** Equalities that every match has: clauses joined by AND, not below NOT or OR. */
function narrowed(condition: Condition): { readonly name?: string; readonly run?: string } {
  if (condition.kind === 'and') return Object.assign({}, ...condition.parts.map(narrowed))
  if (condition.kind !== 'clause' || condition.test.kind !== 'compare' || condition.test.op !== '=') return {}
  const { field, test } = condition
  if (field.kind !== 'attribute' || typeof test.value !== 'string') return {}
  if (field.name === 'name') return { name: test.value }
  return field.name === 'run_id' && test.value !== '' ? { run: test.value } : {}
}

function holds<Item>(condition: Condition, item: Item, target: Target<Item>): boolean {
  if (condition.kind === 'not') return !holds(condition.part, item, target)
  if (condition.kind !== 'clause') {
    const { kind, parts } = condition
    return kind === 'and'
      ? parts.every(part => holds(part, item, target))
      : parts.some(part => holds(part, item, target))
  }
  const { field } = condition
  const value =
    field.kind === 'tag'
      ? new Map(Object.entries(target.tags(item))).get(field.key)
      : field.kind === 'attribute'
        ? target.attributes(item)[field.name]
        : undefined
  return value === undefined || value === null ? condition.whenAbsent : passes(condition.test, value)
}

function passes(test: Clause['test'], value: string | number): boolean {
  if (test.kind === 'present') return true
  if (test.kind === 'in') return test.values.includes(String(value)) !== test.negated
  if (test.kind === 'like') return likeMatcher(test.pattern, test.ignoreCase)(String(value))
  if (test.kind === 'compare') return compares(test.op, byValue(value, test.value))
  return textDecider(test)(String(value))
}

/** Text by code point. */
function byValue(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)))
}

function compares(op: '=' | '!=' | '<' | '<=' | '>' | '>=', order: number): boolean {
  if (op === '=') return order === 0
  if (op === '!=') return order !== 0
  if (op === '<' || op === '<=') return order < 0 || (op === '<=' && order === 0)
  return order > 0 || (op === '>=' && order === 0)
}
