import type { Edge, EdgeProps, Node, NodeProps } from '@xyflow/react'
import { BaseEdge, Controls, Handle, MarkerType, Position, ReactFlow } from '@xyflow/react'
import '@xyflow/react/dist/base.css'
import './lineage-graph.css'
import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { Lineage } from '../../../api/catalog.ts'
import { Icon, kindIcon } from '../../components/icons.tsx'
import { useDark } from '../../data/preferences.ts'
import { kindWord } from '../../texts.ts'
import { edgePath, type LineageLayout, layOut, nodeHeight, nodeWidth, type Point } from './layout.ts'
import type { LineageNode } from './node-target.ts'
import { nodeHref } from './node-target.ts'

type GraphNode = Node<{ node: LineageNode; focused: boolean }, 'lineage'>

type GraphEdge = Edge<{ through: readonly Point[] }, 'routed'>

const nodeTypes = { lineage: GraphBox }
const edgeTypes = { routed: RoutedEdge }

export function LineageGraph({ lineage, focus }: { lineage: Lineage; focus: string | undefined }) {
  const dark = useDark()
  const placed = useMemo(() => layOut(lineage), [lineage])
  const nodes = useMemo(() => graphNodes(lineage, placed, focus), [lineage, placed, focus])
  const edges = useMemo(() => graphEdges(placed), [placed])
  return (
    <div className="graph" style={{ height: graphHeight(nodes) }}>
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={nodeTypes}
        edgeTypes={edgeTypes}
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
        <Controls showInteractive={false} position="bottom-right" orientation="horizontal" />
      </ReactFlow>
    </div>
  )
}

const margin = 110
const usualWidth = 960

/** As high as the drawing needs when it is made to fit the page's width, within a screen. */
function graphHeight(nodes: readonly GraphNode[]): number {
  const width = Math.max(...nodes.map(node => node.position.x)) + nodeWidth
  const height = Math.max(...nodes.map(node => node.position.y)) + nodeHeight
  const zoom = Math.min(1, Math.max(0.64, usualWidth / width))
  return Math.min(640, Math.max(260, height * zoom + margin))
}

function graphNodes(lineage: Lineage, placed: LineageLayout, focus: string | undefined): GraphNode[] {
  const places = new Map(placed.nodes.map(place => [place.id, place]))
  return lineage.nodes.map(node => ({
    id: node.id,
    type: 'lineage',
    width: nodeWidth,
    height: nodeHeight,
    position: { x: places.get(node.id)?.x ?? 0, y: places.get(node.id)?.y ?? 0 },
    data: { node, focused: node.id === focus },
  }))
}

function graphEdges(placed: LineageLayout): GraphEdge[] {
  return placed.edges.map(({ from, to, through }) => ({
    id: `${from}→${to}`,
    type: 'routed',
    source: from,
    target: to,
    data: { through },
    markerEnd: { type: MarkerType.ArrowClosed, width: 14, height: 14 },
  }))
}

function RoutedEdge({ sourceX, sourceY, targetX, targetY, data, markerEnd }: EdgeProps<GraphEdge>) {
  const path = edgePath({ x: sourceX, y: sourceY }, data?.through ?? [], { x: targetX, y: targetY })
  return <BaseEdge path={path} {...(markerEnd ? { markerEnd } : {})} />
}

function GraphBox({ data: { node, focused } }: NodeProps<GraphNode>) {
  const href = nodeHref(node)
  const inside = (
    <>
      <span className="name" title={node.name}>
        {node.name}
      </span>
      <Icon name={kindIcon(node.kind)} size={13} />
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
