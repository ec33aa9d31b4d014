import { Link } from '@tanstack/react-router'
import type { Lineage } from '../../../api/catalog.ts'
import { Icon, kindIcon } from '../../components/icons.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { kindWord } from '../../texts.ts'
import type { LineageNode } from './node-target.ts'
import { nodeHref } from './node-target.ts'

export function LineageList({ lineage, focus }: { lineage: Lineage; focus: string | undefined }) {
  const byId = new Map(lineage.nodes.map(node => [node.id, node]))
  const named = (ids: readonly string[]) => ids.map(id => byId.get(id)?.name ?? id).join(', ')
  return (
    <SimpleTable
      label="Lineage"
      head={['Node', 'Kind', 'State', 'Comes from', 'Feeds']}
      rows={lineage.nodes.map(node => [
        <NodeName key="name" node={node} focused={node.id === focus} />,
        `${kindWord(node.kind)}${node.version === null ? '' : ` v${node.version}`}`,
        node.state ?? <span className="muted">—</span>,
        named(lineage.edges.filter(edge => edge.to === node.id).map(edge => edge.from)) || (
          <span className="muted">—</span>
        ),
        named(lineage.edges.filter(edge => edge.from === node.id).map(edge => edge.to)) || (
          <span className="muted">—</span>
        ),
      ])}
    />
  )
}

function NodeName({ node, focused }: { node: LineageNode; focused: boolean }) {
  const href = nodeHref(node)
  return (
    <span className="state tone-info">
      <Icon name={kindIcon(node.kind)} size={14} />
      {href ? <Link to={href}>{node.name}</Link> : node.name}
      {focused ? <span className="tag strong">this one</span> : null}
    </span>
  )
}
