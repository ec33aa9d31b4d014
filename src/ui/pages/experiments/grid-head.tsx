// biome-ignore-all lint/a11y/useSemanticElements: rows and cells of a window are placed by hand, which a table's own elements are not
// biome-ignore-all lint/a11y/useFocusableInteractive: the links, boxes and buttons in the cells have the focus
import { Icon } from '../../components/icons.tsx'
import { columnTitle, orderField, type RunColumn } from './run-column.ts'
import type { GridProps, ShownColumn } from './run-grid.tsx'
import { parseOrder } from './table-state.ts'

interface HeadProps extends Pick<GridProps, 'order' | 'onOrder'> {
  readonly shown: readonly ShownColumn[]
  readonly width: number
  readonly nameWidth: number
}

export function GridHead({ order, onOrder, shown, width, nameWidth }: HeadProps) {
  const now = parseOrder(order)
  return (
    <div role="rowgroup" className="grid-head" style={{ width }}>
      <div role="row" aria-rowindex={1} className="grid-row">
        <div role="columnheader" aria-colindex={1} className="grid-name" style={{ width: nameWidth }}>
          Run
        </div>
        {shown.map(({ column, index, start, size }) => {
          const sorted = now?.field === orderField(column)
          return (
            <div
              key={orderField(column)}
              role="columnheader"
              aria-colindex={index + 2}
              aria-sort={sorted ? (now.descending ? 'descending' : 'ascending') : undefined}
              className={column.kind === 'metrics' ? 'grid-cell right' : 'grid-cell'}
              style={{ left: start, width: size }}
            >
              <HeadButton
                column={column}
                arrow={sorted ? (now.descending ? 'down' : 'up') : null}
                onOrder={onOrder}
              />
            </div>
          )
        })}
      </div>
    </div>
  )
}

function HeadButton(props: {
  column: RunColumn
  arrow: 'up' | 'down' | null
  onOrder: (column: RunColumn) => void
}) {
  const { over, name } = columnTitle(props.column)
  return (
    <button
      type="button"
      className="sort"
      title={`${name}: order by it`}
      onClick={() => props.onOrder(props.column)}
    >
      <span className="titles">
        {over ? <span className="tiny muted">{over}</span> : null}
        <span className="title">{name}</span>
      </span>
      {props.arrow ? <Icon name={props.arrow} size={12} /> : null}
    </button>
  )
}
