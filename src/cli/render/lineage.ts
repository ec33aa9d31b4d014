import type { ColumnLineage, Impact } from '../../api/catalog.ts'
import { refWords } from './plan.ts'
import { formatCount, formatElapsed, plain, plural } from './text.ts'

/** Lineage as two trees: what it comes from, and what comes from it. */
export function renderLineage(lineage: ColumnLineage, direction: 'up' | 'down' | 'both'): string {
  const parts = [
    ...(direction === 'down' ? [] : ['comes from', ...tree(lineage, 'up')]),
    ...(direction === 'up' ? [] : ['goes into', ...tree(lineage, 'down')]),
    ...(lineage.unknown.length === 0 ? [] : ['not known']),
    ...lineage.unknown.map(({ definition, reason }) => `  ${refWords(definition)}: ${plain(reason)}`),
  ]
  return `${[refWords(lineage.of), ...parts].join('\n')}\n`
}

/** Each node once with what leads to it; a second time it is only named. */
function tree({ of, nodes, edges }: ColumnLineage, direction: 'up' | 'down'): string[] {
  const [near, far] = direction === 'up' ? (['to', 'from'] as const) : (['from', 'to'] as const)
  const starts = nodes.filter(each => each.id === of || (each.definition === of && each.id !== of))
  const shown = new Set(starts.map(each => each.id))
  const states = new Map(nodes.map(each => [each.id, each.state]))
  const lines: string[] = []
  const visit = (id: string, depth: number): void => {
    for (const edge of edges.filter(each => each[near] === id)) {
      const next = edge[far]
      if (starts.some(each => each.id === next)) continue
      const state = states.get(next)
      const again = shown.has(next)
      shown.add(next)
      lines.push(
        `${'  '.repeat(depth + 1)}${refWords(next)}  (${edge.how}${state ? `; ${state}` : ''})${again ? ' …' : ''}`,
      )
      if (!again) visit(next, depth + 1)
    }
  }
  for (const { id } of starts) visit(id, 0)
  return lines.length === 0 ? ['  nothing'] : lines
}

/** What a change or a removal does, for people. */
export function renderImpact(impact: Impact): string {
  const { of, change, definitions, recomputes, trainingSets, models, live, removable, blockers } = impact
  const removal = change === 'remove'
  const lines = [
    `${removal ? 'Removing' : 'Changing'} ${refWords(of)}`,
    ...section(
      removal ? 'is felt by' : 'gives a new version of',
      definitions.map(
        ({ ref, version, reason }) => `${refWords(ref)}${removal ? '' : ` → v${version}`}  (${reason})`,
      ),
    ),
    ...section('fills again', recomputes.map(refillWords)),
    ...section(
      'leaves stored as they are',
      trainingSets.map(({ name, number, id }) => `${name}@v${number}  ${id}`),
    ),
    ...section('concerns models', models.map(modelWords)),
    ...section(
      removal ? 'is answered with now by' : 'answers go on with the old version until the next deploy of',
      live.map(
        ({ deployment, release, model, modelVersion }) =>
          `deployment ${deployment}, release ${release} by ${model} v${modelVersion}`,
      ),
    ),
    ...(removal
      ? [removable ? 'It can be removed: nothing live depends on it.' : 'It cannot be removed:']
      : []),
    ...(removal ? blockers.map(each => `  ${plain(each)}`) : []),
  ]
  return `${lines.join('\n')}\n`
}

function section(title: string, entries: readonly string[]): string[] {
  return entries.length === 0 ? [] : [title, ...entries.map(each => `  ${each}`)]
}

function refillWords({ view, rows, seconds }: Impact['recomputes'][number]): string {
  const took = [
    ...(rows === null ? [] : [`${formatCount(rows)} rows`]),
    ...(seconds === null ? [] : [formatElapsed(seconds * 1000)]),
  ]
  return `feature view ${view}${took.length === 0 ? '  (never filled yet)' : `  (last time ${took.join(', ')})`}`
}

function modelWords({ model, version, aliases, live }: Impact['models'][number]): string {
  const serves = live.length === 0 ? '' : `, serves ${plural(live.length, 'deployment')}: ${live.join(', ')}`
  return `${model} v${version}${aliases.length === 0 ? '' : ` (${aliases.join(', ')})`}${serves}`
}
