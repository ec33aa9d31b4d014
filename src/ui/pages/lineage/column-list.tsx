import { Link } from '@tanstack/react-router'
import { SimpleTable } from '../../components/simple-table.tsx'
import { kindWord } from '../../texts.ts'
import type { ColumnLineage, ColumnNode } from './column-graph.ts'
import { onPath } from './column-graph.ts'

/** The drawing as a list: what comes from what, and how. With a column chosen, only its path. */
export function ColumnList({ lineage, path }: { lineage: ColumnLineage; path: ReadonlySet<string> }) {
  const byId = new Map(lineage.nodes.map(node => [node.id, node]))
  const edges = path.size > 0 ? lineage.edges.filter(edge => onPath(edge, path)) : lineage.edges
  return (
    <SimpleTable
      label="Column lineage"
      head={['Comes from', 'In', 'How', 'Goes into', 'Of']}
      rows={edges.map(edge => [
        <ColumnName key="from" id={edge.from} node={byId.get(edge.from)} />,
        <Owner key="from-of" node={byId.get(edge.from)} />,
        edge.how,
        <ColumnName key="to" id={edge.to} node={byId.get(edge.to)} />,
        <Owner key="to-of" node={byId.get(edge.to)} />,
      ])}
    />
  )
}

function ColumnName({ id, node }: { id: string; node: ColumnNode | undefined }) {
  if (node?.column === null) return <span className="muted">all of it</span>
  return (
    <Link
      to="."
      search={((previous: object) => ({ ...previous, column: id })) as never}
      resetScroll={false}
      title="Only its path"
    >
      <code>{node?.column ?? id}</code>
    </Link>
  )
}

function Owner({ node }: { node: ColumnNode | undefined }) {
  if (!node) return null
  return (
    <span className="nowrap">
      {node.name} <span className="muted">{kindWord(node.kind)}</span>
    </span>
  )
}
