import { metricLabel } from './metric-names.ts'

export type Aggregate = 'last' | 'first' | 'min' | 'max'

/** A column of runs: what was logged under a key, or something every run has. */
export type RunColumn =
  | { readonly kind: 'metrics'; readonly key: string; readonly of: Aggregate }
  | { readonly kind: 'params' | 'tags'; readonly key: string }
  | { readonly kind: 'attribute'; readonly key: AttributeName }

export type AttributeName = 'state' | 'started' | 'took' | 'user'

export const attributeColumns: Readonly<
  Record<AttributeName, { readonly word: string; readonly field: string }>
> = {
  state: { word: 'State', field: 'status' },
  started: { word: 'Started', field: 'start_time' },
  took: { word: 'Took', field: 'duration' },
  user: { word: 'User', field: 'user_id' },
}

export const aggregateWords: Readonly<Record<Aggregate, string>> = {
  last: 'last',
  first: 'first',
  min: 'least',
  max: 'greatest',
}

/** `metrics.auc.max` and the like, as the server and the address have it; undefined for what is no column. */
export function parseColumn(text: string): RunColumn | undefined {
  if (text in attributeColumns) return { kind: 'attribute', key: text as AttributeName }
  const match = /^(metrics|params|tags)\.(.+)$/.exec(text)
  if (match === null) return undefined
  const [, kind, rest = ''] = match
  if (kind !== 'metrics') return { kind: kind as 'params', key: unquote(rest) }
  const [, key = rest, of = 'last'] = /^(`[^`]*`|.+)\.(min|max|first|last)$/.exec(rest) ?? []
  return { kind: 'metrics', key: unquote(key), of: of as Aggregate }
}

/** The shortest text that means the column. */
export function formatColumn(column: RunColumn): string {
  if (column.kind === 'attribute') return column.key
  if (column.kind !== 'metrics') return `${column.kind}.${quote(column.key)}`
  const of = column.of === 'last' ? '' : `.${column.of}`
  return `metrics.${quote(column.key)}${of}`
}

/** What the server orders by. */
export function orderField(column: RunColumn): string {
  return column.kind === 'attribute' ? attributeColumns[column.key].field : formatColumn(column)
}

/** A key as a filter has it: quoted when it holds more than letters, digits, dots and _, or ends like an accessor. */
export function quote(key: string): string {
  return /^[\p{L}\p{N}_.]+$/u.test(key) && !/\.(?:min|max|first|last)$/.test(key) ? key : `\`${key}\``
}

function unquote(text: string): string {
  return /^`([^`]*)`$/.exec(text)?.[1] ?? text
}

const kindWords = { metrics: 'metric', params: 'param', tags: 'tag' } as const

/** Heading of a column in two lines: where it is from, and its name. */
export function columnTitle(column: RunColumn): { readonly over: string; readonly name: string } {
  if (column.kind === 'attribute') return { over: '', name: attributeColumns[column.key].word }
  const over = kindWords[column.kind]
  if (column.kind !== 'metrics') return { over, name: column.key }
  return {
    over: column.of === 'last' ? over : `${over}, ${aggregateWords[column.of]}`,
    name: metricLabel(column.key),
  }
}

export function columnWidth(column: RunColumn): number {
  if (column.kind === 'attribute') return { state: 220, started: 160, took: 100, user: 110 }[column.key]
  const { name } = columnTitle(column)
  const least = column.kind === 'metrics' ? 112 : 120
  return Math.min(240, Math.max(least, name.length * 7.4 + 34))
}
