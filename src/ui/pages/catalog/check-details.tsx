import { SimpleTable } from '../../components/simple-table.tsx'
import { listAt, objectAt, textAt, textsAt } from '../../data/json.ts'
import { dedent, plural } from '../../format.ts'

/** Why a check exists, the rows it found bad and the SQL that finds them all. Open when it did not pass. */
export function CheckDetails({ result }: { result: unknown }) {
  const samples = objectAt(result, 'samples')
  const rows = listAt(samples, 'rows')
  const sql = textAt(result, 'sql')
  return (
    <details className="panel" open={textAt(result, 'state') === 'fail'}>
      <summary>
        <code>{textAt(result, 'name')}</code>
        {rows.length > 0 ? `: ${plural(rows.length, 'bad row')} shown` : ''}
      </summary>
      {textAt(result, 'why') ? <p className="panel-note">{textAt(result, 'why')}</p> : null}
      {rows.length > 0 ? <BadRows columns={textsAt(samples, 'columns')} rows={rows} /> : null}
      {sql ? (
        <>
          <p className="panel-note">
            This finds every bad row; <code>{'{rows}'}</code> stands for the table.
          </p>
          <pre className="code-block">{dedent(sql)}</pre>
        </>
      ) : null}
    </details>
  )
}

function BadRows({ columns, rows }: { columns: readonly string[]; rows: readonly unknown[] }) {
  return (
    <SimpleTable
      label="Bad rows"
      head={columns}
      rows={rows.map(row =>
        (Array.isArray(row) ? row : []).map((value: unknown, index) =>
          value === null ? (
            <span key={columns[index]} className="muted">
              null
            </span>
          ) : (
            <span key={columns[index]} className="num">
              {String(value)}
            </span>
          ),
        ),
      )}
    />
  )
}
