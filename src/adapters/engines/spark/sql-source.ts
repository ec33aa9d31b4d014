import type { SqlParts } from '../../../definitions/model.ts'
import { id, sourceRelation } from '../../../features/index.ts'
import { FettleError, isFettleError } from '../../../kernel/errors/index.ts'
import type { Workspace } from './session.ts'
import { codeOnly } from './sql-words.ts'
import { sql } from './tables.ts'

const forbiddenFunctions = new Set([
  'now',
  'curdate',
  'current_date',
  'current_time',
  'current_timestamp',
  'current_timezone',
  'localtimestamp',
  'unix_timestamp',
  'rand',
  'random',
  'randn',
  'randstr',
  'uniform',
  'uuid',
  'shuffle',
  'monotonically_increasing_id',
  'spark_partition_id',
  'input_file_name',
  'input_file_block_start',
  'input_file_block_length',
  'current_user',
  'user',
  'session_user',
  'current_catalog',
  'current_database',
  'current_schema',
  'version',
  'reflect',
  'java_method',
  'try_reflect',
  'identifier',
])
/** Names that call without parentheses. */
const bareFunctions = new Set([
  'current_date',
  'current_time',
  'current_timestamp',
  'current_user',
  'localtimestamp',
  'user',
  'session_user',
])
const tableFunctions = new Set([
  'range',
  'explode',
  'explode_outer',
  'posexplode',
  'posexplode_outer',
  'inline',
  'inline_outer',
  'stack',
])

/** The text of a SQL source with its references resolved, after the server parsed it as one harmless SELECT. */
export async function prepareSql(workspace: Workspace, name: string, parts: SqlParts): Promise<string> {
  const references = new Set<string>()
  const query = parts
    .map((part, index) => {
      if (typeof part === 'string') return part
      if (!workspace.added.has(part.source))
        throw refused('SQL_UNDECLARED_TABLE', name, `refers to "${part.source}", which is not there`)
      const relation = sourceRelation(part.source)
      references.add(relation)
      const next = parts[index + 1]
      return hasAlias(typeof next === 'string' ? next : '')
        ? id(relation)
        : `${id(relation)} AS ${id(part.source)}`
    })
    .join('')
    .trim()
    .replace(/;\s*$/, '')
  checkWords(name, query)
  const plan = await parsedPlan(workspace, name, query)
  checkPlan(name, plan, references)
  return query
}

/** A reference is aliased by the source's name, unless the text gives it an alias of its own. */
function hasAlias(follows: string): boolean {
  return /^\s+(as\s+)?(?!(on|using|where|join|inner|left|right|full|cross|natural|anti|semi|group|order|sort|cluster|distribute|limit|offset|having|window|union|intersect|except|minus|tablesample|lateral|pivot|unpivot)\b)["`a-z_]/i.test(
    follows,
  )
}

function checkWords(name: string, query: string): void {
  const code = codeOnly(query)
  if (code.includes(';'))
    throw refused('SQL_NOT_A_SELECT', name, 'holds several statements; one SELECT is allowed')
  if (!/^[\s(]*(select|with|values|from)\b/i.test(code))
    throw refused('SQL_NOT_A_SELECT', name, 'is no SELECT')
  const called = [...code.matchAll(/([a-z_][a-z0-9_]*)\s*(\(?)/gi)].find(
    ([, word = '', open]) =>
      forbiddenFunctions.has(word.toLowerCase()) && (open === '(' || bareFunctions.has(word.toLowerCase())),
  )
  if (called)
    throw new FettleError(
      'SQL_NOT_DETERMINISTIC',
      `the SQL of source "${name}" calls ${called[1]}, whose answer depends on when or where it runs`,
      { details: { source: name, function: called[1] } },
    )
}

/** The tree the server parsed, as it prints it. */
async function parsedPlan(workspace: Workspace, name: string, query: string): Promise<string> {
  try {
    const { explain } = await workspace.executions.analyze({
      explain: { plan: { root: sql(query) }, explainMode: 2 },
    })
    const printed = explain?.explainString ?? ''
    return printed.slice(0, Math.max(0, printed.indexOf('== Analyzed Logical Plan ==')))
  } catch (error) {
    throw analysisError(name, error)
  }
}

function checkPlan(name: string, plan: string, references: ReadonlySet<string>): void {
  if (plan === '') throw refused('SQL_ERROR', name, 'cannot be parsed')
  if (/Command|ScriptTransformation|InsertInto|CreateTable|DropTable/.test(plan))
    throw refused('SQL_NOT_A_SELECT', name, 'is more than a SELECT')
  const common = new Set(
    [...plan.matchAll(/\bCTE \[([^\]]*)\]/g)].flatMap(([, names = '']) => names.split(', ')),
  )
  for (const [, table = ''] of plan.matchAll(/'UnresolvedRelation \[([^\]]*)\]/g)) {
    if (references.has(table) || common.has(table)) continue
    throw new FettleError(
      'SQL_UNDECLARED_TABLE',
      `the SQL of source "${name}" names table "${table.replaceAll(', ', '.')}", which is no reference`,
      { details: { source: name, table } },
    )
  }
  for (const [, called = ''] of plan.matchAll(/'?UnresolvedTableValuedFunction \[([^\]]*)\]/g))
    if (!tableFunctions.has(called.toLowerCase()))
      throw refused('SQL_UNDECLARED_TABLE', name, `reads from ${called}(), which is no reference`)
}

function analysisError(name: string, error: unknown): unknown {
  if (!isFettleError(error) || error.code !== 'SQL_ERROR') return error
  const unknownTable = String(error.details?.['errorClass']).startsWith('TABLE_OR_VIEW_NOT_FOUND')
  return new FettleError(
    unknownTable ? 'SQL_UNDECLARED_TABLE' : 'SQL_ERROR',
    `the SQL of source "${name}" is refused: ${error.message}`,
    { cause: error, details: { ...error.details, source: name } },
  )
}

function refused(
  code: 'SQL_UNDECLARED_TABLE' | 'SQL_NOT_A_SELECT' | 'SQL_ERROR',
  name: string,
  why: string,
): FettleError {
  return new FettleError(code, `the SQL of source "${name}" ${why}`, { details: { source: name } })
}
