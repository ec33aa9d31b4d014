import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { TrainingSet } from '../../../api/training-sets.ts'
import { Command } from '../../components/command.tsx'
import { Empty, Notice } from '../../components/messages.tsx'
import { Loaded, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Segments } from '../../components/tabs.tsx'
import { Time } from '../../components/time.tsx'
import { catalogQueries } from '../../data/catalog-queries.ts'
import type { JsonObject } from '../../data/json.ts'
import { formatCount, formatValue } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'

const route = getRouteApi('/training-sets/$id')
const pageRows = 50

/** The stored rows, a page at a time; each leads to where its values come from. */
export function Rows({ set }: { set: TrainingSet }) {
  const search = route.useSearch()
  const split = search.split && Object.hasOwn(set.splits, search.split) ? search.split : undefined
  const most = split ? (set.splits[split] ?? 0) : set.rows
  const from = Math.min(Math.max(0, Number.parseInt(search.from ?? '0', 10) || 0), Math.max(0, most - 1))
  const to = Math.min(most, from + pageRows)
  const rows = useQuery({
    ...catalogQueries.trainingRows(set.id, { split, from, to }),
    enabled: set.stored && most > 0,
  })
  if (!set.stored)
    return (
      <Notice tone="info">
        <p>The rows of this build are no longer stored. The same build can be made again:</p>
        <Command line={`fettle training-sets build ${set.name}@v${set.number}`} />
      </Notice>
    )
  if (most === 0) return <Empty text={emptyTexts.rowsShown} />
  return (
    <>
      {Object.keys(set.splits).length > 0 ? (
        <div className="filters">
          <Segments
            label="Split"
            param="split"
            choices={[['', 'All rows'], ...Object.keys(set.splits).map(name => [name, name] as const)]}
          />
        </div>
      ) : null}
      <Panel
        title="Rows"
        aside={
          <span className="num">
            {formatCount(from + 1)} to {formatCount(to)} of {formatCount(most)}
          </span>
        }
        note="Open a row to see which source rows gave its values, and why no later one did."
      >
        <Loaded query={rows} rows={16}>
          {data => <RowTable set={set} rows={data} />}
        </Loaded>
      </Panel>
      <nav className="filters more" aria-label="Pages">
        <PageLink word="Earlier rows" from={from - pageRows} shown={from > 0} />
        <PageLink word="Later rows" from={from + pageRows} shown={to < most} />
        <Command
          line={`fettle training-sets read ${set.name}@v${set.number} --from ${from} --to ${to}${split ? ` --split ${split}` : ''}`}
        />
      </nav>
    </>
  )
}

function PageLink({ word, from, shown }: { word: string; from: number; shown: boolean }) {
  if (!shown) return null
  return (
    <Link
      to="."
      className="button"
      search={((previous: object) => ({ ...previous, from: from > 0 ? String(from) : undefined })) as never}
    >
      {word}
    </Link>
  )
}

function RowTable({ set, rows }: { set: TrainingSet; rows: readonly JsonObject[] }) {
  const columns = set.columns.filter(column => column.role !== 'row')
  return (
    <SimpleTable
      label="Rows"
      head={['Row', ...columns.map(column => `${isNumber(column.type) ? '>' : ''}${column.name}`)]}
      rows={rows.map(row => [
        <Link
          key="row"
          to="/training-sets/$id/rows/$row"
          params={{ id: set.id, row: String(row['__row']) }}
          className="row-link num"
          title="Where its values come from"
        >
          {String(row['__row'])}
        </Link>,
        ...columns.map(column => <Cell key={column.name} type={column.type} value={row[column.name]} />),
      ])}
    />
  )
}

const isNumber = (type: string) => /^(int|uint|float|decimal)/.test(type)

function Cell({ type, value }: { type: string; value: unknown }) {
  if (value === null || value === undefined) return <span className="muted">null</span>
  if (type === 'timestamp' && typeof value === 'string') return <Time at={value} />
  return <span className="num">{formatValue(value)}</span>
}
