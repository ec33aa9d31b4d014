import { Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import { Icon, kindIcon } from '../../components/icons.tsx'
import { kindWord } from '../../texts.ts'
import type { Card, ColumnLineage } from './column-graph.ts'
import { cardWidth, drawColumns, headHeight, onPath, rowHeight } from './column-graph.ts'
import { nodeHref } from './node-target.ts'

interface ColumnCardsProps {
  readonly lineage: ColumnLineage
  /** The chosen column's path; empty: nothing is chosen. */
  readonly path: ReadonlySet<string>
  readonly chosen: string | undefined
}

/** Definitions as cards of columns with curves between them; what is not on the chosen path steps back. */
export function ColumnCards({ lineage, path, chosen }: ColumnCardsProps) {
  const { cards, edges, width, height } = useMemo(() => drawColumns(lineage, path), [lineage, path])
  const some = path.size > 0
  return (
    <section
      className="table-wrap column-graph"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
      tabIndex={0}
      aria-label="Column lineage; the same is shown as a list under List"
    >
      <div className="column-canvas" style={{ width, height }}>
        <svg width={width} height={height} aria-hidden="true">
          {edges.map(({ edge, path: d }) => (
            <path
              key={`${edge.from}→${edge.to}→${edge.how}`}
              d={d}
              className={some ? (onPath(edge, path) ? 'on' : 'off') : undefined}
            >
              <title>{edge.how}</title>
            </path>
          ))}
        </svg>
        {cards.map(card => (
          <CardBox key={card.definition} card={card} path={path} chosen={chosen} />
        ))}
      </div>
    </section>
  )
}

function CardBox({
  card,
  path,
  chosen,
}: {
  card: Card
  path: ReadonlySet<string>
  chosen: string | undefined
}) {
  const some = path.size > 0
  const off = some && !path.has(card.definition) && !card.columns.some(column => path.has(column.id))
  return (
    <div
      className={`column-card${off ? ' off' : ''}`}
      style={{ left: card.x, top: card.y, width: cardWidth, height: card.height }}
    >
      <CardHead card={card} />
      {card.columns.map(column => (
        <Link
          key={column.id}
          to="."
          search={
            ((previous: object) => ({
              ...previous,
              column: column.id === chosen ? undefined : column.id,
            })) as never
          }
          replace
          resetScroll={false}
          className={`column-row${some && !path.has(column.id) ? ' off' : ''}${path.has(column.id) ? ' on' : ''}`}
          style={{ height: rowHeight }}
          activeProps={{}}
          aria-current={column.id === chosen ? 'true' : undefined}
          title={column.type ?? undefined}
        >
          <code>{column.column}</code>
        </Link>
      ))}
      {card.more > 0 ? (
        <span className="column-row muted" style={{ height: rowHeight }}>
          {card.more} more in the list
        </span>
      ) : null}
    </div>
  )
}

function CardHead({ card }: { card: Card }) {
  const href = nodeHref({
    id: card.definition,
    kind: card.kind,
    name: card.name,
    version: null,
    state: card.state,
  })
  return (
    <div className="column-head" style={{ height: headHeight }}>
      <span className="name" title={card.name}>
        {href ? <Link to={href}>{card.name}</Link> : card.name}
      </span>
      <span className="kind">
        <Icon name={kindIcon(card.kind)} size={13} />
        {kindWord(card.kind)}
        {card.state ? ` · ${card.state}` : ''}
      </span>
    </div>
  )
}
