import { Facts, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { isObject, listAt, objectAt, objectsAt, textAt } from '../../data/json.ts'
import { dedent } from '../../format.ts'

/** Columns with type, unit, meaning; personal data named in words. */
export function ColumnsTable({ columns }: { columns: readonly Readonly<Record<string, unknown>>[] }) {
  return (
    <SimpleTable
      label="Columns"
      head={['Column', 'Type', 'Unit', 'Meaning']}
      rows={columns.map(column => [
        <code key="name">{textAt(column, 'name')}</code>,
        <code key="type" className="soft">
          {textAt(column, 'type')}
        </code>,
        textAt(column, 'unit') ?? '',
        <span key="meaning">
          {textAt(column, 'description')}{' '}
          {textAt(column, 'pii') ? <span className="tag">{textAt(column, 'pii')} data</span> : null}
        </span>,
      ])}
    />
  )
}

export function EntityBody({ definition }: { definition: unknown }) {
  return (
    <Panel title="Key" note="What identifies one of them, in this order.">
      <ColumnsTable columns={objectsAt(definition, 'key')} />
    </Panel>
  )
}

export function SourceBody({ definition }: { definition: unknown }) {
  const columns = objectsAt(definition, 'columns')
  const from = objectAt(definition, 'from')
  const isSql = textAt(from, 'kind') === 'sql'
  return (
    <>
      <Panel title="Read from">
        {isSql ? <Query from={from} /> : null}
        <Facts
          items={[
            ...(isSql ? [] : [['Place', <Location key="place" from={from} />] as const]),
            [
              'Event time',
              textAt(definition, 'eventTime') ? (
                <code key="event">{textAt(definition, 'eventTime')}</code>
              ) : (
                'none: an unchanging table'
              ),
            ],
            ['Known', knownText(objectAt(definition, 'knownAt'))],
            ['Time zone', zoneText(definition)],
            ['Order within a key', textAt(definition, 'sequence')],
            ['Deleted when', textAt(definition, 'deleted')],
          ]}
        />
      </Panel>
      <Panel title="Columns" aside={columns.length}>
        <ColumnsTable columns={columns} />
      </Panel>
    </>
  )
}

function Query({ from }: { from: unknown }) {
  const text = listAt(from, 'parts').map(part =>
    typeof part === 'string' ? part : (textAt(part, 'source') ?? ''),
  )
  return <pre className="code-block">{dedent(text.join(''))}</pre>
}

function Location({ from }: { from: unknown }) {
  const kind = textAt(from, 'kind')
  const table = textAt(from, 'table')
  const path =
    textAt(from, 'path') ?? (textAt(from, 'url') ? `environment variable ${textAt(from, 'url')}` : '')
  return (
    <>
      {kind} <code>{path}</code>{' '}
      {table ? (
        <>
          table <code>{table}</code>
        </>
      ) : null}
    </>
  )
}

/** When a row could first be known, as a sentence. */
function knownText(known: unknown): string {
  switch (textAt(known, 'kind')) {
    case 'column':
      return `at ${textAt(known, 'column')}`
    case 'delay':
      return `${textAt(known, 'delay')} after the event`
    case 'ingest':
      return 'when it was read in'
    case 'event':
      return 'when it happens'
    default:
      return 'assumed: when it happens (declare knownAt to be sure)'
  }
}

function zoneText(definition: unknown): string {
  const zone = isObject(definition) ? definition['zone'] : undefined
  if (typeof zone === 'string') return zone
  const column = textAt(zone, 'column')
  return column ? `per row, from ${column}` : 'UTC'
}
