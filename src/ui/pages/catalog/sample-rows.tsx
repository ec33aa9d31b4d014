import { useQuery } from '@tanstack/react-query'
import type { RouteResponse } from '../../../api/routes.ts'
import { Empty } from '../../components/messages.tsx'
import { Loaded, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time } from '../../components/time.tsx'
import { catalogQueries } from '../../data/catalog-queries.ts'
import { emptyTexts } from '../../texts.ts'

type Rows = RouteResponse<'sampleRows'>

/** A few rows; personal values are masked by the server, sensitive columns are not sent. */
export function SampleRows({ kind, name }: { kind: string; name: string }) {
  const rows = useQuery(catalogQueries.sampleRows(kind, name))
  return (
    <Panel
      title="Sample rows"
      aside={rows.data?.basis}
      note="Values of personal data are masked; sensitive columns are left out."
    >
      <Loaded query={rows} rows={10}>
        {data => (data.rows.length > 0 ? <Sample sample={data} /> : <Empty text={emptyTexts.rowsShown} />)}
      </Loaded>
    </Panel>
  )
}

function Sample({ sample: { columns, rows, hidden, asOf } }: { sample: Rows }) {
  return (
    <>
      <SimpleTable
        label="Sample rows"
        head={columns.map(column => column.name)}
        rows={rows.map(row =>
          row.map((value, index) => (
            <Cell key={columns[index]?.name} value={value} masked={columns[index]?.masked ?? false} />
          )),
        )}
      />
      <p className="panel-note">
        {asOf ? (
          <>
            As of <Time at={asOf} full />.{' '}
          </>
        ) : null}
        {hidden.length > 0 ? `Not shown, for they are sensitive: ${hidden.join(', ')}.` : ''}
      </p>
    </>
  )
}

function Cell({ value, masked }: { value: string | null; masked: boolean }) {
  if (value === null) return <span className="muted">null</span>
  return <span className={masked ? 'num muted' : 'num'}>{value}</span>
}
