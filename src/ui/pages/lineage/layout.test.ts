import { describe, expect, it } from 'vitest'
import type { Lineage } from '../../../api/catalog.ts'
import { edgePath, layOut, nodeHeight, nodeWidth } from './layout.ts'

const node = (id: string) => ({ id, kind: 'source', name: id, version: 1, state: null })
const lineage: Lineage = {
  nodes: ['file', 'flights', 'landings', 'left', 'right', 'set'].map(node),
  edges: [
    { from: 'file', to: 'flights' },
    { from: 'flights', to: 'landings' },
    { from: 'landings', to: 'left' },
    { from: 'landings', to: 'right' },
    { from: 'left', to: 'set' },
    { from: 'right', to: 'set' },
    { from: 'flights', to: 'set' },
    { from: 'nowhere', to: 'set' },
  ],
}

describe('lineage layout', () => {
  const { nodes, edges } = layOut(lineage)
  it('places what feeds left of what is fed and leaves unknown ends out', () => {
    const x = (id: string) => nodes.find(item => item.id === id)?.x ?? Number.NaN
    expect(edges).toHaveLength(7)
    for (const { from, to } of edges) expect(x(from) + nodeWidth).toBeLessThan(x(to))
  })
  it('leads an edge past the columns between its ends without touching a node', () => {
    const long = edges.find(({ from, to }) => from === 'flights' && to === 'set')
    expect(long?.through).toHaveLength(2)
    for (const { x, y } of long?.through ?? [])
      for (const item of nodes)
        if (Math.abs(item.x + nodeWidth / 2 - x) < 1)
          expect(Math.abs(item.y + nodeHeight / 2 - y)).toBeGreaterThan(nodeHeight / 2)
  })
  it('runs level along a column', () => {
    expect(edgePath({ x: 0, y: 0 }, [{ x: 200, y: 50 }], { x: 400, y: 0 })).toContain('C200,50 200,50 280,50')
  })
})
