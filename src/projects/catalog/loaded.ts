import type { Definition } from '../../definitions/index.ts'
import type { CurrentDefinition, DefinitionStore } from '../ports.ts'
import { columnGraph, type ParsedSources } from './column-graph.ts'
import type { ColumnGraph, LiveFacts } from './model.ts'
import type { Preview } from './ports.ts'
import { type SqlColumns, sqlColumns } from './sql-columns.ts'

/** What every question of the catalog looks at. */
export interface Loaded {
  readonly current: readonly CurrentDefinition[]
  readonly definitions: readonly Definition[]
  readonly facts: LiveFacts
  readonly graph: ColumnGraph
}

/**
 * Loads what stands. Statements of SQL sources are parsed once for each of their versions, when they are first needed;
 * a question that does not look at columns goes without.
 */
export function catalogLoader(
  store: Pick<DefinitionStore, 'listCurrent'>,
  { live, preview }: { live(): Promise<LiveFacts>; readonly preview: Pick<Preview, 'parse'> },
) {
  const parsed = new Map<string, SqlColumns>()

  async function parseMissing(current: readonly CurrentDefinition[]): Promise<void> {
    const missing = current.filter(each => isSql(each.definition) && !parsed.has(keyOf(each)))
    if (missing.length === 0) return
    const statements = Object.fromEntries(missing.map(each => [each.name, statementOf(each.definition)]))
    const trees = await preview.parse(statements)
    const columns = new Map(
      current.flatMap(({ definition }) =>
        definition.kind === 'source' ? [[definition.name, definition.columns.map(each => each.name)]] : [],
      ),
    )
    for (const each of missing)
      parsed.set(
        keyOf(each),
        sqlColumns(trees[each.name], table => columns.get(table)),
      )
  }

  return async ({ columns }: { readonly columns: boolean }): Promise<Loaded> => {
    const [current, facts] = await Promise.all([store.listCurrent(), live()])
    if (columns) await parseMissing(current)
    const known: ParsedSources = new Map(
      current.flatMap(each => {
        const found = parsed.get(keyOf(each))
        return found ? [[each.name, found] as const] : []
      }),
    )
    const definitions = current.map(each => each.definition)
    return { current, definitions, facts, graph: columnGraph(definitions, known) }
  }
}

function keyOf({ ref, semanticHash }: CurrentDefinition): string {
  return `${ref} ${semanticHash}`
}

function isSql(definition: Definition): boolean {
  return definition.kind === 'source' && definition.from.kind === 'sql'
}

/** The SELECT of a SQL source with the sources it reads named as they are. */
function statementOf(definition: Definition): string {
  if (definition.kind !== 'source' || definition.from.kind !== 'sql') return ''
  return definition.from.parts.map(part => (typeof part === 'string' ? part : `"${part.source}"`)).join('')
}
