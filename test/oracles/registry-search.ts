import fc from 'fast-check'
import type { ModelRecord, VersionRecord } from '../../src/registry/index.ts'

interface Clause {
  readonly field: 'name' | 'run_id' | 'source_path' | 'version_number' | 'tag'
  readonly key: string
  readonly op: '=' | '!=' | 'LIKE' | 'ILIKE' | 'IN' | '<' | '>='
  readonly value: string
}

interface Query {
  readonly of: 'models' | 'versions'
  readonly clauses: readonly Clause[]
  readonly filter: string
  readonly orderBy: readonly string[]
  readonly limit: number
}

interface Everything {
  readonly models: readonly ModelRecord[]
  readonly prompts: readonly ModelRecord[]
  readonly versions: readonly VersionRecord[]
}

const text = fc.constantFrom(
  's.alpha',
  's.ALPHA',
  's.%',
  's._lpha%',
  '%a_b',
  's.Ü%',
  't0',
  'r1',
  '4',
  '%',
  '',
)
const textOp = fc.constantFrom<Clause['op']>('=', '!=', 'LIKE', 'ILIKE')
const textClause = (field: Clause['field'], key = '') =>
  fc.record({ field: fc.constant(field), key: fc.constant(key), op: textOp, value: text })
const numberClause = fc.record({
  field: fc.constant('version_number' as const),
  key: fc.constant(''),
  op: fc.constantFrom<Clause['op']>('=', '!=', '<', '>='),
  value: fc.constantFrom('1', '2', '-1', '2e0'),
})
const listClause = fc.record({
  field: fc.constant('run_id' as const),
  key: fc.constant(''),
  op: fc.constant('IN' as const),
  value: fc.constantFrom('r0,r2', 'r1', 'nobody'),
})

const written = ({ field, key, op, value }: Clause): string => {
  const name = field === 'tag' ? `tags.\`${key}\`` : field
  if (op === 'IN')
    return `${name} IN (${value
      .split(',')
      .map(each => `'${each}'`)
      .join(', ')})`
  return `${name} ${op} ${field === 'version_number' ? value : `'${value}'`}`
}

const within: Clause = { field: 'name', key: '', op: 'LIKE', value: 's.%' }

const queries: fc.Arbitrary<Query> = fc
  .constantFrom('models' as const, 'versions' as const)
  .chain(of => {
    const tags = [
      textClause('tag', 'team'),
      textClause('tag', 'n'),
      textClause('tag', 'mlflow.prompt.is_prompt'),
    ]
    const fields =
      of === 'models'
        ? ['name', 'timestamp', 'creation_timestamp']
        : ['name', 'version_number', 'creation_timestamp', 'last_updated_timestamp']
    const clause =
      of === 'models'
        ? fc.oneof(textClause('name'), ...tags)
        : fc.oneof(
            textClause('name'),
            textClause('run_id'),
            textClause('source_path'),
            numberClause,
            listClause,
            ...tags,
          )
    return fc.record({
      of: fc.constant(of),
      clauses: fc.array(clause, { maxLength: 2 }).map(some => [within, ...some]),
      orderBy: fc
        .subarray(fields, { maxLength: 2 })
        .chain(chosen =>
          fc.tuple(...chosen.map(name => fc.constantFrom(`${name} DESC`, `${name} asc`, name))),
        ),
      limit: fc.constantFrom(1, 2, 3, 50),
    })
  })
  .map(query => ({ ...query, filter: query.clauses.map(written).join(' AND ') }))

/** Every row in turn, compared by hand. */
function answer(query: Query, { models, prompts, versions }: Everything): string[] {
  const wantsPrompts = query.clauses.some(
    ({ key, op, value }) => key === 'mlflow.prompt.is_prompt' && op === '=' && value === 'true',
  )
  const rows: readonly (ModelRecord | VersionRecord)[] =
    query.of === 'versions' ? versions : wantsPrompts ? [...models, ...prompts] : models
  const found = rows.filter(row => query.clauses.every(clause => passes(clause, row)))
  const unordered =
    query.of === 'versions' ? ['last_updated_timestamp DESC', 'name', 'version_number DESC'] : ['name']
  const ties = query.of === 'versions' ? ['name', 'version_number DESC'] : ['name']
  const order = query.orderBy.length === 0 ? unordered : [...query.orderBy, ...ties]
  return found.sort((a, b) => compare(a, b, order)).map(nameOf)
}

const nameOf = (row: ModelRecord | VersionRecord): string =>
  'model' in row ? `${row.model}@${row.version}` : row.name

function fieldOf(
  row: ModelRecord | VersionRecord,
  field: string,
  key = '',
): string | number | bigint | undefined {
  if (field === 'tag') return row.tags[key]
  if (field === 'name') return 'model' in row ? row.model : row.name
  if (field === 'creation_timestamp') return row.createdAt
  if (field === 'last_updated_timestamp' || field === 'timestamp') return row.updatedAt
  if (!('model' in row)) return undefined
  if (field === 'version_number') return row.version
  return (field === 'run_id' ? row.run : row.source) ?? undefined
}

function passes({ field, key, op, value }: Clause, row: ModelRecord | VersionRecord): boolean {
  const own = fieldOf(row, field, key)
  if (own === undefined) return false
  if (op === 'IN') return value.split(',').includes(String(own))
  if (op === 'LIKE') return like(value, String(own), 'su')
  if (op === 'ILIKE') return like(value, String(own), 'siu')
  const order = typeof own === 'number' ? Math.sign(own - Number(value)) : own === value ? 0 : 1
  return { '=': order === 0, '!=': order !== 0, '<': order < 0, '>=': order >= 0 }[op]
}

const like = (pattern: string, own: string, flags: string): boolean =>
  new RegExp(
    `^${[...pattern].map(each => (each === '%' ? '.*' : each === '_' ? '.' : each.replace(/\W/g, found => (found.length === 1 && /[\^$.*+?()[\]{}|/\\]/.test(found) ? `\\${found}` : found)))).join('')}$`,
    flags,
  ).test(own)

function compare(
  a: ModelRecord | VersionRecord,
  b: ModelRecord | VersionRecord,
  order: readonly string[],
): number {
  for (const item of order) {
    const [field = '', direction = 'ASC'] = item.split(' ')
    const [one, other] = [fieldOf(a, field), fieldOf(b, field)]
    const sign =
      typeof one === 'string'
        ? Buffer.compare(Buffer.from(one), Buffer.from(String(other)))
        : Number(BigInt(one ?? 0) - BigInt(other ?? 0))
    if (sign !== 0) return direction.toUpperCase() === 'DESC' ? -sign : sign
  }
  return 0
}

/** A registry search over lists in memory, with queries to ask it. */
export const searchRegistry = { queries, answer, nameOf }
