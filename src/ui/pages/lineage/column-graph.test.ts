import { describe, expect, it } from 'vitest'
import type { ColumnLineage } from './column-graph.ts'
import { drawColumns, onPath, pathOf } from './column-graph.ts'

const node = (definition: string, column: string | null) => {
  const [kind = '', name = ''] = definition.split(':')
  const id = column === null ? definition : `${definition}.${column}`
  return { id, definition, kind, name, column, type: null, state: null }
}
const edge = (from: string, to: string) => ({ from, to, how: 'copied' })
const lineage: ColumnLineage = {
  of: 'featureView:delays',
  nodes: [
    node('source:flights', 'delay'),
    node('source:flights', 'origin'),
    node('featureView:delays', 'mean'),
    node('featureView:delays', 'count'),
    node('trainingSet:late', 'mean'),
    node('model:late', null),
  ],
  edges: [
    edge('source:flights.delay', 'featureView:delays.mean'),
    edge('source:flights.origin', 'featureView:delays.count'),
    edge('featureView:delays.mean', 'trainingSet:late.mean'),
    edge('trainingSet:late.mean', 'model:late'),
    edge('source:flights.gone', 'model:late'),
  ],
  unknown: [],
}

describe('path of a column', () => {
  const path = pathOf(lineage.edges, 'featureView:delays.mean')
  it('holds what it comes from and what it goes into, and nothing beside it', () => {
    expect([...path].toSorted()).toEqual([
      'featureView:delays.mean',
      'model:late',
      'source:flights.delay',
      'trainingSet:late.mean',
    ])
    expect(lineage.edges.filter(each => onPath(each, path))).toHaveLength(3)
  })
  it('ends in a cycle', () => {
    expect(pathOf([edge('a', 'b'), edge('b', 'a')], 'a').size).toBe(2)
  })
})

describe('drawing of column lineage', () => {
  const drawing = drawColumns(lineage, new Set())
  it('has one card a definition, what feeds left of what is fed, and no edge to nowhere', () => {
    const x = (definition: string) =>
      drawing.cards.find(card => card.definition === definition)?.x ?? Number.NaN
    expect(drawing.cards).toHaveLength(4)
    expect(x('source:flights')).toBeLessThan(x('featureView:delays'))
    expect(x('trainingSet:late')).toBeLessThan(x('model:late'))
    expect(drawing.edges).toHaveLength(4)
  })
  it('counts what it has no room for and keeps the path in sight', () => {
    const many = Array.from({ length: 40 }, (_, index) => node('source:wide', `c${index}`))
    const [card] = drawColumns({ ...lineage, nodes: many, edges: [] }, new Set(['source:wide.c39'])).cards
    expect(card?.more).toBe(26)
    expect(card?.columns.map(column => column.column)).toContain('c39')
  })
})
