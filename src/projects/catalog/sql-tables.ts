/** A column of a table that a statement reads. */
export interface ColumnOf {
  readonly table: string
  readonly column: string
}

export interface SqlOutput {
  readonly name: string
  readonly inputs: readonly ColumnOf[]
  /** The value is an input's own, not computed. */
  readonly copied: boolean
}

/** A part of a statement that cannot be followed. */
export class NotFollowed extends Error {}

export type Tree = Readonly<Record<string, unknown>>

/** A table in scope: what each of its columns rests on. */
interface Relation {
  readonly name: string
  readonly columns: readonly SqlOutput[]
}

interface Scope {
  readonly relations: readonly Relation[]
  /** Names of the select list, which later expressions may use. */
  readonly aliases: readonly SqlOutput[]
  readonly outer: Scope | null
}

interface Result {
  readonly outputs: readonly SqlOutput[]
  readonly rows: readonly ColumnOf[]
}

type Ctes = ReadonlyMap<string, Result>

const trees = (value: unknown): readonly Tree[] => (Array.isArray(value) ? (value as readonly Tree[]) : [])
const tree = (value: unknown): Tree | null =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Tree) : null
const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** Resolves the parts of one statement. Throws NotFollowed. */
export function tablesOf(columnsOf: (table: string) => readonly string[] | undefined) {
  function statement(node: Tree, ctes: Ctes = new Map(), outer: Scope | null = null): Result {
    const known = new Map(ctes)
    for (const { key, value } of trees(tree(node['cte_map'])?.['map'])) {
      const query = tree(tree(tree(value)?.['query'])?.['node'])
      if (!query) throw new NotFollowed('a WITH clause has no SELECT')
      known.set(String(key).toLowerCase(), renamed(statement(query, known, outer), tree(value)?.['aliases']))
    }
    if (node['type'] === 'SET_OPERATION_NODE') return setOperation(node, known, outer)
    if (node['type'] !== 'SELECT_NODE') throw new NotFollowed(`${words(node['type'])} is not followed`)
    return select(node, known, outer)
  }

  function setOperation(node: Tree, ctes: Ctes, outer: Scope | null): Result {
    const sides = (node['children'] ? trees(node['children']) : [node['left'], node['right']]).map(side =>
      statement(tree(side) ?? {}, ctes, outer),
    )
    const [first] = sides
    if (!first || sides.some(side => side.outputs.length !== first.outputs.length))
      throw new NotFollowed('the sides of a UNION have different columns')
    const decisive = node['setop_type'] === 'UNION' ? [] : sides.flatMap(side => inputsOf(side.outputs))
    return {
      outputs: first.outputs.map((output, index) => ({
        name: output.name,
        inputs: distinct(sides.flatMap(side => side.outputs[index]?.inputs ?? [])),
        copied: sides.every(side => side.outputs[index]?.copied === true),
      })),
      rows: distinct([...sides.flatMap(side => side.rows), ...decisive]),
    }
  }

  function select(node: Tree, ctes: Ctes, outer: Scope | null): Result {
    const rows: ColumnOf[] = []
    const relations = from(tree(node['from_table']), { ctes, outer, rows })
    const outputs: SqlOutput[] = []
    const scope: Scope = { relations, aliases: outputs, outer }
    for (const expression of trees(node['select_list']))
      outputs.push(
        ...(expression['class'] === 'STAR'
          ? star(expression, relations)
          : [output(expression, { scope, ctes })]),
      )
    const deciding = [node['where_clause'], node['group_expressions'], node['having'], node['qualify']]
    rows.push(...deciding.flatMap(each => inputs(each, { scope, ctes })))
    const modifiers = trees(node['modifiers'])
    if (modifiers.some(each => String(each['type']).startsWith('LIMIT')))
      rows.push(...modifiers.flatMap(each => inputs(each['orders'], { scope, ctes })))
    if (modifiers.some(each => each['type'] === 'DISTINCT_MODIFIER')) rows.push(...inputsOf(outputs))
    return { outputs, rows: distinct(rows) }
  }

  interface From {
    readonly ctes: Ctes
    readonly outer: Scope | null
    /** Collects the columns of join conditions. */
    readonly rows: ColumnOf[]
  }

  function from(table: Tree | null, context: From): readonly Relation[] {
    switch (table?.['type']) {
      case undefined:
      case 'EMPTY':
        return []
      case 'BASE_TABLE':
        return [base(table as Tree, context)]
      case 'SUBQUERY': {
        const query = tree(tree(table?.['subquery'])?.['node']) ?? {}
        const inner = renamed(statement(query, context.ctes, context.outer), table?.['column_name_alias'])
        context.rows.push(...inner.rows)
        return [{ name: String(table?.['alias'] ?? ''), columns: inner.outputs }]
      }
      case 'JOIN':
        return join(table as Tree, context)
      default:
        throw new NotFollowed(`${words(table?.['type'])} in FROM is not followed`)
    }
  }

  function base(table: Tree, { ctes, rows }: From): Relation {
    const name = String(table['table_name'])
    const alias = String(table['alias'] ?? '') || name
    const cte = ctes.get(name.toLowerCase())
    if (cte) {
      rows.push(...cte.rows)
      return { name: alias, columns: renamed(cte, table['column_name_alias']).outputs }
    }
    const columns = columnsOf(name)
    if (!columns) throw new NotFollowed(`it reads "${name}", which is no source`)
    const outputs = columns.map(column => ({
      name: column,
      inputs: [{ table: name, column }],
      copied: true,
    }))
    return { name: alias, columns: renamed({ outputs, rows: [] }, table['column_name_alias']).outputs }
  }

  function join(table: Tree, context: From): readonly Relation[] {
    const left = from(tree(table['left']), context)
    const right = from(tree(table['right']), {
      ...context,
      outer: { relations: left, aliases: [], outer: context.outer },
    })
    const relations = [...left, ...right]
    const scope: Scope = { relations, aliases: [], outer: context.outer }
    context.rows.push(...inputs(table['condition'], { scope, ctes: context.ctes }))
    const using = Array.isArray(table['using_columns']) ? table['using_columns'].map(String) : []
    const natural = table['ref_type'] === 'NATURAL' ? shared(left, right) : []
    for (const name of [...using, ...natural])
      for (const relation of relations)
        context.rows.push(
          ...relation.columns.filter(each => same(each.name, name)).flatMap(each => each.inputs),
        )
    return relations
  }

  interface Place {
    readonly scope: Scope
    readonly ctes: Ctes
  }

  function output(expression: Tree, place: Place): SqlOutput {
    const names = columnNames(expression)
    const alias = String(expression['alias'] ?? '')
    return {
      name: alias || (names?.at(-1) ?? ''),
      inputs: inputs(expression, place),
      copied: names !== null,
    }
  }

  /** Columns that an expression, or a list of them, rests on. */
  function inputs(value: unknown, place: Place, locals: readonly string[] = []): readonly ColumnOf[] {
    if (Array.isArray(value)) return distinct(value.flatMap(each => inputs(each, place, locals)))
    const node = tree(value)
    if (!node) return []
    const names = columnNames(node)
    if (names)
      return locals.some(local => same(local, names[0] ?? '')) ? [] : resolve(names, place.scope).inputs
    if (node['class'] === 'SUBQUERY') {
      const query = tree(tree(node['subquery'])?.['node']) ?? {}
      const inner = statement(query, place.ctes, place.scope)
      return distinct([...inputsOf(inner.outputs), ...inner.rows, ...inputs(node['child'], place, locals)])
    }
    if (node['class'] === 'STAR') throw new NotFollowed('COLUMNS(…) is not followed')
    const parameters = node['class'] === 'LAMBDA' ? parameterNames(node['lhs']) : []
    return distinct(Object.values(node).flatMap(each => inputs(each, place, [...locals, ...parameters])))
  }

  return { statement }
}

function resolve(names: readonly string[], scope: Scope): SqlOutput {
  const [first = '', second] = names
  const qualified = second === undefined ? undefined : scope.relations.find(each => same(each.name, first))
  const column = qualified
    ? qualified.columns.find(each => same(each.name, second ?? ''))
    : scope.relations.flatMap(each => each.columns).find(each => same(each.name, first))
  const found = column ?? scope.aliases.find(each => same(each.name, first))
  if (found) return found
  if (scope.outer) return resolve(names, scope.outer)
  throw new NotFollowed(`the column ${names.join('.')} is not declared in what it reads`)
}

/** The columns that `*` or `table.*` stands for. */
function star(expression: Tree, relations: readonly Relation[]): readonly SqlOutput[] {
  const { relation_name: wanted, exclude_list: excluded, expr, columns } = expression
  const special = [
    expression['replace_list'],
    expression['rename_list'],
    expression['qualified_exclude_list'],
  ]
  if (expr || columns === true || special.some(list => trees(list).length > 0))
    throw new NotFollowed('COLUMNS(…), REPLACE and RENAME of * are not followed')
  const without = Array.isArray(excluded) ? excluded.map(String) : []
  const chosen = relations.filter(each => !wanted || same(each.name, String(wanted)))
  const found = new Map<string, SqlOutput>()
  for (const column of chosen.flatMap(each => each.columns))
    if (!without.some(name => same(name, column.name)) && !found.has(column.name.toLowerCase()))
      found.set(column.name.toLowerCase(), column)
  return [...found.values()]
}

function columnNames(node: Tree): readonly string[] | null {
  return node['class'] === 'COLUMN_REF' && Array.isArray(node['column_names'])
    ? node['column_names'].map(String)
    : null
}

function parameterNames(node: unknown): readonly string[] {
  const found = tree(node)
  const names = found && columnNames(found)
  return (
    names ??
    Object.values(found ?? {}).flatMap(each => (Array.isArray(each) ? each : [each]).flatMap(parameterNames))
  )
}

function renamed({ outputs, rows }: Result, names: unknown): Result {
  const given = Array.isArray(names) ? names.map(String) : []
  return { rows, outputs: outputs.map((each, index) => ({ ...each, name: given[index] ?? each.name })) }
}

function shared(left: readonly Relation[], right: readonly Relation[]): readonly string[] {
  const names = right.flatMap(each => each.columns.map(column => column.name))
  return left
    .flatMap(each => each.columns.map(column => column.name))
    .filter(a => names.some(b => same(a, b)))
}

function inputsOf(outputs: readonly SqlOutput[]): readonly ColumnOf[] {
  return outputs.flatMap(each => each.inputs)
}

function distinct(columns: readonly ColumnOf[]): readonly ColumnOf[] {
  return [...new Map(columns.map(each => [`${each.table}.${each.column}`, each])).values()]
}

function words(type: unknown): string {
  return String(type ?? 'this')
    .toLowerCase()
    .replaceAll('_', ' ')
}
