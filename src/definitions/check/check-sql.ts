import type { SourceData, SqlParts } from '../model.ts'
import type { Report } from './problem.ts'

/**
 * What the text of a SQL source shows before an engine sees it (features.md §5): one SELECT, no table that is no
 * reference, no clock and no randomness. The engine parses the statement and is stricter.
 */
export function checkSql(source: SourceData, report: Report): void {
  if (source.from.kind !== 'sql') return
  checkText('from', source.from.parts, report)
  if (source.from.spark !== undefined) checkText('from.spark', source.from.spark, report)
}

/** Stands in the text for a reference; no SQL holds it. */
const reference = '\u0001'

function checkText(path: string, parts: SqlParts, report: Report): void {
  const text = withoutWords(parts.map(part => (typeof part === 'string' ? part : reference)).join(' '))
  const statement = text.trim().replace(/;\s*$/, '')
  const second = statement.indexOf(';')
  if (second >= 0)
    report({
      code: 'SQL_NOT_A_SELECT',
      path,
      message: `the SQL holds a second statement: "${fragment(statement, second + 1)}"`,
    })
  const [verb = ''] = /^[a-z]+/i.exec(statement.replace(/^[\s(]+/, '')) ?? []
  if (!/^(select|with|from|values)$/i.test(verb))
    report({
      code: 'SQL_NOT_A_SELECT',
      path,
      message: `the SQL begins with "${verb || fragment(statement, 0)}"`,
    })
  for (const { name, at } of tablesIn(statement))
    report({
      code: 'SQL_UNDECLARED_TABLE',
      path,
      message: `the SQL reads "${name}", which is no reference: "${fragment(statement, at)}"`,
      hint: 'Export a source for it and refer to that by its definition, in braces after a dollar sign.',
    })
  for (const match of statement.matchAll(impure))
    report({
      code: 'SQL_NOT_DETERMINISTIC',
      path,
      message: `the SQL uses ${match[1] ?? match[2]}: "${fragment(statement, match.index)}"`,
    })
}

const impure =
  /(?<![\w."])(?:(now|today|random|rand|randn|uuid|gen_random_uuid|uuidv4|uuidv7|get_current_timestamp|get_current_time|transaction_timestamp|current_setting|getenv|nextval|monotonically_increasing_id|unix_timestamp|curdate|shuffle)\s*\(|(current_date|current_time|current_timestamp|localtime|localtimestamp|current_user)\b)/gi

/** Names that FROM and JOIN read and that neither a reference nor WITH gives. Functions are left to the engine. */
function tablesIn(text: string): { readonly name: string; readonly at: number }[] {
  const common = new Set(
    [
      ...text.matchAll(
        /(?:\bwith(?:\s+recursive)?|,)\s+(\w+)\s*(?:\([^()]*\)\s*)?as\s*(?:(?:not\s+)?materialized\s*)?\(/gi,
      ),
    ].map(match => match[1]?.toLowerCase()),
  )
  return [...text.matchAll(/\b(from|join)\s+("?[\w.]+"?|'[^']*')(?!\s*\(|[\w."])/gi)].flatMap(match => {
    const [, , written = ''] = match
    const name = written.replaceAll(/["']/g, '')
    if (common.has(name.toLowerCase()) || isNoTable(text, match.index) || /^lateral$/i.test(name)) return []
    return [{ name, at: match.index }]
  })
}

/** FROM of a function's arguments (`extract(year FROM t)`, `trim(both FROM x)`) and of IS DISTINCT FROM. */
function isNoTable(text: string, at: number): boolean {
  const before = text.slice(0, at)
  if (/\bdistinct\s*$/i.test(before) && /\bis\s+(not\s+)?distinct\s*$/i.test(before)) return true
  let depth = 0
  for (let index = before.length - 1; index >= 0; index--) {
    if (before[index] === ')') depth++
    if (before[index] === '(' && depth-- === 0)
      return /\b(extract|trim|substring|overlay|position|ltrim|rtrim)\s*$/i.test(before.slice(0, index))
  }
  return false
}

/** The text with comments blank and the letters of string constants gone, so that only SQL is looked at. */
function withoutWords(text: string): string {
  return text.replaceAll(/--[^\n]*|\/\*[\s\S]*?\*\/|'(?:[^']|'')*'/g, found =>
    found.startsWith("'") ? "''" : ' ',
  )
}

function fragment(text: string, at: number): string {
  return text
    .slice(at, at + 40)
    .replaceAll(reference, '(reference)')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
