import type { Edge, Node, NodeProps } from '@xyflow/react'
import { Controls, Handle, MarkerType, Position, ReactFlow } from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import './lineage-graph.css'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { Lineage } from '../../../api/catalog.ts'
import { Icon, kindIcon } from '../../components/icons.tsx'
import { useDark } from '../../data/preferences.ts'
import { kindWord } from '../../texts.ts'
import { nodeHeight, nodeWidth, placeNodes } from './layout.ts'
import type { LineageNode } from './node-target.ts'
import { nodeHref } from './node-target.ts'

type GraphNode = Node<{ node: LineageNode; focused: boolean }, 'lineage'>

const nodeTypes = { lineage: GraphBox }

export function LineageGraph({ lineage, focus }: { lineage: Lineage; focus: string | undefined }) {
  const dark = useDark()
  const nodes = useMemo(() => graphNodes(lineage, focus), [lineage, focus])
  const edges = useMemo(() => graphEdges(lineage), [lineage])
  return (
    <div className="graph" style={{ height: graphHeight(nodes) }}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        colorMode={dark ? 'dark' : 'light'}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        zoomOnScroll={false}
        preventScrolling={false}
        minZoom={0.3}
        maxZoom={1.4}
        fitView
        fitViewOptions={{ padding: 0.03, maxZoom: 1, minZoom: 0.64 }}
        proOptions={{ hideAttribution: true }}
        aria-label="Lineage graph; the same is shown as a list under List"
      >
        <Controls showInteractive={false} position="bottom-right" />
      </ReactFlow>
    </div>
  )
}

const margin = 100

/** As high as the drawing needs, within a screen. */
function graphHeight(nodes: readonly GraphNode[]): number {
  const lowest = Math.max(...nodes.map(node => node.position.y))
  return Math.min(640, Math.max(300, lowest + nodeHeight + margin))
}

function graphNodes(lineage: Lineage, focus: string | undefined): GraphNode[] {
  const places = new Map(placeNodes(lineage).map(place => [place.id, place]))
  return lineage.nodes.map(node => ({
    id: node.id,
    type: 'lineage',
    width: nodeWidth,
    height: nodeHeight,
    position: { x: places.get(node.id)?.x ?? 0, y: places.get(node.id)?.y ?? 0 },
    data: { node, focused: node.id === focus },
  }))
}

function graphEdges(lineage: Lineage): Edge[] {
  return lineage.edges.map(({ from, to }) => ({
    id: `${from}→${to}`,
    source: from,
    target: to,
    markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14 },
  }))
}

function GraphBox({ data: { node, focused } }: NodeProps<GraphNode>) {
  const href = nodeHref(node)
  const inside = (
    <>
      <Icon name={kindIcon(node.kind)} />
      <span className="name" title={node.name}>
        {node.name}
      </span>
      <span className="kind">
        {kindWord(node.kind)}
        {node.version === null ? '' : ` v${node.version}`}
        {node.state ? ` · ${node.state}` : ''}
      </span>
    </>
  )
  const className = `lineage-node nopan${focused ? ' focus' : ''}`
  return (
    <>
      <Handle type="target" position={Position.Left} isConnectable={false} />
      {href ? (
        <Link to={href} className={className}>
          {inside}
        </Link>
      ) : (
        <div className={className}>{inside}</div>
      )}
      <Handle type="source" position={Position.Right} isConnectable={false} />
    </>
  )
}
