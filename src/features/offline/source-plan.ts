import type { FeatureData, SourceData } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Keep, OfflineSession } from './ports.ts'

/** A use of a source by a lookup, a label or a spine. */
export interface SourceUse {
  readonly source: string
  /** Features read from it; none for a spine. */
  readonly features: readonly FeatureData[]
}

/** How a source must be held for all of its uses; 'no' for one that only SQL reads. */
function keepFor(source: SourceData, uses: readonly SourceUse[]): Keep {
  return uses.some(use => use.source === source.name) ? 'stored' : 'no'
}

/** Adds the sources that the uses need, and what those select from, in dependency order. Throws SQL_CYCLE. */
export async function addSources(
  session: OfflineSession,
  sources: readonly SourceData[],
  uses: readonly SourceUse[],
  onSource?: (name: string) => void,
): Promise<void> {
  for (const source of inDependencyOrder(
    sources,
    uses.map(use => use.source),
  )) {
    const keep = keepFor(source, uses)
    if (keep !== 'no') onSource?.(source.name)
    await session.addSource(source, keep)
  }
}

/** The named sources and all they refer to, each after what it selects from. */
export function inDependencyOrder(sources: readonly SourceData[], names: readonly string[]): SourceData[] {
  const found: SourceData[] = []
  const visit = (name: string, path: readonly string[]): void => {
    if (path.includes(name))
      throw new FettleError('SQL_CYCLE', `SQL sources refer to each other: ${[...path, name].join(' → ')}`)
    const source = sources.find(each => each.name === name)
    if (!source)
      throw new FettleError(
        'SQL_UNDECLARED_TABLE',
        `source "${path.at(-1) ?? name}" refers to "${name}", which is not there`,
      )
    if (found.includes(source)) return
    if (source.from.kind === 'sql')
      for (const part of source.from.parts) if (typeof part !== 'string') visit(part.source, [...path, name])
    found.push(source)
  }
  for (const name of names) visit(name, [])
  return found
}
