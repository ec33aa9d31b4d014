import type { ReactNode } from 'react'
import { moveBetweenRows } from './row-keys.ts'

/** A small table of ready cells, for definitions: no sorting, no paging. Columns that start with `>` stand right. */
export function SimpleTable(props: {
  label: string
  head: readonly string[]
  rows: readonly (readonly ReactNode[])[]
  /** Index of the row that is shown elsewhere on the page. */
  current?: number
}) {
  const { label, head, rows, current } = props
  const right = head.map(title => title.startsWith('>'))
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard
    <section className="table-wrap" tabIndex={0} aria-label={label}>
      <table>
        <thead>
          <tr>
            {head.map((title, index) => (
              <th key={title} scope="col" className={right[index] ? 'right' : undefined}>
                {title.replace(/^>/, '')}
              </th>
            ))}
          </tr>
        </thead>
        <tbody onKeyDown={moveBetweenRows}>
          {rows.map((cells, row) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: rows of ready cells are not reordered
            <tr key={row} aria-current={row === current ? 'true' : undefined}>
              {cells.map((cell, index) => (
                <td key={head[index]} className={right[index] ? 'right' : undefined}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  )
}
