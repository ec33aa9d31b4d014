import { id, sourceRelation, text } from '../../../features/index.ts'
import { FettleError } from '../../../kernel/errors/index.ts'
import type { Workspace } from './workspace.ts'

type Parts = readonly (string | { readonly source: string })[]

const forbiddenFunctions = new Set([
  'now',
  'today',
  'current_date',
  'current_time',
  'current_timestamp',
  'get_current_time',
  'get_current_timestamp',
  'localtime',
  'localtimestamp',
  'transaction_timestamp',
  'current_localtime',
  'current_localtimestamp',
  'random',
  'uuid',
  'gen_random_uuid',
  'uuidv4',
  'uuidv7',
  'setseed',
  'nextval',
  'currval',
  'txid_current',
  'current_setting',
  'getenv',
  'getvariable',
  'version',
  'current_user',
  'current_database',
  'current_schema',
  'pg_sleep',
  'sleep_ms',
  'query',
  'query_table',
  'read_text',
  'read_blob',
])
const tableFunctions = new Set(['range', 'generate_series', 'unnest'])

/** The text of a SQL source with its references resolved, after it was parsed and found to be one harmless SELECT. */
export async function prepareSql(workspace: Workspace, name: string, parts: Parts): Promise<string> {
  const references = new Set<string>()
  const pieces = parts.map(part => {
    if (typeof part === 'string') return part
    if (!workspace.added.has(part.source)) {
      throw new FettleError(
        'SQL_UNDECLARED_TABLE',
        `the SQL of source "${name}" refers to "${part.source}", which is not there`,
      )
    }
    references.add(sourceRelation(part.source))
    return `${id(sourceRelation(part.source))} AS ${id(part.source)}`
  })
  const sql = withoutRepeatedAliases(pieces, parts).trim().replace(/;\s*$/, '')
  await checkStatement(workspace, name, sql, references)
  return sql
}

/** A reference is aliased by the source's name, unless the text gives it an alias of its own. */
function withoutRepeatedAliases(pieces: readonly string[], parts: Parts): string {
  return pieces
    .map((piece, index) => {
      const part = parts[index]
      const next = parts[index + 1]
      if (typeof part === 'string' || part === undefined) return piece
      const follows = typeof next === 'string' ? next : ''
      const aliased =
        /^\s+(as\s+)?(?!(on|using|where|join|inner|left|right|full|cross|natural|positional|asof|anti|semi|group|order|limit|having|qualify|window|union|intersect|except|sample|tablesample|offset)\b)["a-z_]/i.test(
          follows,
        )
      return aliased ? id(sourceRelation(part.source)) : piece
    })
    .join('')
}

type Tree = null | boolean | number | string | readonly Tree[] | { readonly [key: string]: Tree }

async function checkStatement(
  workspace: Workspace,
  name: string,
  sql: string,
  references: ReadonlySet<string>,
): Promise<void> {
  const [[answer] = []] = await workspace.rows(`SELECT json_serialize_sql(${text(sql)})::VARCHAR`, [
    { name: 'tree', type: 'string' },
  ])
  const tree = JSON.parse(String(answer)) as {
    error: boolean
    error_type?: string
    error_message?: string
    statements?: readonly Tree[]
  }
  if (tree.error) {
    const code = tree.error_type === 'not implemented' ? 'SQL_NOT_A_SELECT' : 'SQL_ERROR'
    throw new FettleError(
      code,
      `the SQL of source "${name}" is refused: ${tree.error_message ?? 'it cannot be parsed'}`,
    )
  }
  if (tree.statements?.length !== 1) {
    throw new FettleError(
      'SQL_NOT_A_SELECT',
      `the SQL of source "${name}" holds ${tree.statements?.length ?? 0} statements; one SELECT is allowed`,
    )
  }
  const common = new Set<string>()
  walk(tree.statements, node => {
    if (isMap(node['cte_map']))
      for (const entry of (node['cte_map']['map'] as readonly { key: string }[]) ?? []) common.add(entry.key)
    if (node['type'] === 'RECURSIVE_CTE_NODE') common.add(String(node['cte_name']))
  })
  walk(tree.statements, node => checkNode(name, node, { references, common }))
}

interface Allowed {
  readonly references: ReadonlySet<string>
  readonly common: ReadonlySet<string>
}

function checkNode(name: string, node: { readonly [key: string]: Tree }, allowed: Allowed): void {
  if (node['type'] === 'BASE_TABLE') {
    const table = String(node['table_name'])
    const plain = !node['schema_name'] && !node['catalog_name']
    if (!(plain && (allowed.references.has(table) || allowed.common.has(table)))) {
      throw new FettleError(
        'SQL_UNDECLARED_TABLE',
        `the SQL of source "${name}" names table "${table}", which is no reference`,
        {
          details: { source: name, table },
        },
      )
    }
  }
  if (node['type'] === 'TABLE_FUNCTION') {
    const called = isMap(node['function']) ? String(node['function']['function_name']) : ''
    if (!tableFunctions.has(called)) {
      throw new FettleError(
        'SQL_UNDECLARED_TABLE',
        `the SQL of source "${name}" reads from ${called}(), which is no reference`,
      )
    }
  }
  if (node['class'] === 'FUNCTION') checkFunction(name, String(node['function_name']).toLowerCase())
  if (
    node['class'] === 'COLUMN_REF' &&
    Array.isArray(node['column_names']) &&
    node['column_names'].length === 1
  ) {
    const column = String(node['column_names'][0]).toLowerCase()
    if (/^(current_(date|time|timestamp|user)|localtime(stamp)?)$/.test(column)) checkFunction(name, column)
  }
  if (node['sample'] !== null && isMap(node['sample'])) checkFunction(name, 'sample')
}

function checkFunction(name: string, called: string): void {
  if (!forbiddenFunctions.has(called) && called !== 'sample') return
  throw new FettleError(
    'SQL_NOT_DETERMINISTIC',
    `the SQL of source "${name}" calls ${called}, whose answer depends on when or where it runs`,
    {
      details: { source: name, function: called },
    },
  )
}

function isMap(tree: Tree | undefined): tree is { readonly [key: string]: Tree } {
  return typeof tree === 'object' && tree !== null && !Array.isArray(tree)
}

function walk(tree: Tree | readonly Tree[], visit: (node: { readonly [key: string]: Tree }) => void): void {
  if (Array.isArray(tree)) {
    for (const each of tree as readonly Tree[]) walk(each, visit)
  } else if (isMap(tree as Tree)) {
    const node = tree as { readonly [key: string]: Tree }
    visit(node)
    for (const each of Object.values(node)) walk(each, visit)
  }
}
