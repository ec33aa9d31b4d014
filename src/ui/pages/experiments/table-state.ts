import type { ViewContent } from '../../../api/tracking-views.ts'
import { lowerIsBetter } from '../../texts.ts'
import { metricName } from './metric-names.ts'
import { formatColumn, orderField, parseColumn, type RunColumn } from './run-column.ts'

/** Search parameters of the page of runs, all texts. */
export interface TableSearch {
  readonly filter?: string | undefined
  readonly order?: string | undefined
  /** Joined by commas, which no key holds. */
  readonly columns?: string | undefined
  readonly show?: string | undefined
  readonly life?: string | undefined
  readonly open?: string | undefined
  readonly pick?: string | undefined
  readonly charts?: string | undefined
  readonly view?: string | undefined
}

/** What changes in the address: members, or how they follow from what there is. */
export type SearchChange = TableSearch | ((previous: TableSearch) => TableSearch)

export interface Order {
  readonly field: string
  readonly descending: boolean
}

export function parseOrder(text: string | undefined): Order | undefined {
  const match = /^(.+?)(?:\s+(asc|desc))?$/i.exec(text?.trim() ?? '')
  return match === null ? undefined : { field: match[1] ?? '', descending: /desc/i.test(match[2] ?? '') }
}

/** The next order when the head of a column is pressed: the better end first, then the other, then none. */
export function nextOrder(column: RunColumn, now: string | undefined): string | undefined {
  const field = orderField(column)
  const order = parseOrder(now)
  const firstDown =
    column.kind === 'metrics' ? !lowerIsBetter.has(metricName(column.key).metric) : column.key === 'started'
  if (order?.field !== field) return formatOrder(field, firstDown)
  return order.descending === firstDown ? formatOrder(field, !firstDown) : undefined
}

function formatOrder(field: string, descending: boolean): string {
  return `${field} ${descending ? 'DESC' : 'ASC'}`
}

/** Columns of the address; undefined when it names none. What is no column is left out. */
export function readColumns(text: string | undefined): readonly RunColumn[] | undefined {
  if (text === undefined) return undefined
  return [...new Set(text.split(','))].flatMap(each => parseColumn(each) ?? [])
}

export function writeColumns(columns: readonly RunColumn[]): string {
  return columns.map(formatColumn).join(',')
}

export function readList(text: string | undefined): readonly string[] {
  return text ? text.split(',').filter(Boolean) : []
}

export function writeList(items: readonly string[]): string | undefined {
  return items.length > 0 ? items.join(',') : undefined
}

export function viewOf(search: TableSearch): ViewContent {
  const columns = search.columns === undefined ? undefined : search.columns.split(',')
  const { filter, order: orderBy, show } = search
  const pinned = readList(search.pick)
  const charts = readList(search.charts)
  return {
    ...(filter ? { filter } : {}),
    ...(orderBy ? { orderBy } : {}),
    ...(columns ? { columns } : {}),
    ...(show ? { show } : {}),
    ...(charts.length > 0 ? { charts: [...charts] } : {}),
    ...(pinned.length > 0 ? { pinned: [...pinned] } : {}),
  }
}

export function searchOf(content: ViewContent): TableSearch {
  return {
    filter: content.filter,
    order: content.orderBy,
    columns: content.columns?.join(','),
    show: content.show,
    charts: writeList(content.charts ?? []),
    pick: writeList(content.pinned ?? []),
  }
}

/** Whether the page shows what the view holds. */
export function sameView(content: ViewContent, search: TableSearch): boolean {
  const now = viewOf(search)
  const text = (view: ViewContent) =>
    JSON.stringify([view.filter, view.orderBy, view.columns, view.show, view.charts, view.pinned])
  return text(content) === text(now)
}
