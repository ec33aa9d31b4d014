import { Facts, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { flagAt, objectAt, objectsAt, textAt, textsAt } from '../../data/json.ts'
import { predicateText } from './feature-view-body.tsx'
import { RefLink } from './neighbours.tsx'

export function TrainingSetBody({ definition }: { definition: unknown }) {
  const spine = objectAt(definition, 'spine')
  const where = objectsAt(spine, 'where')
  return (
    <>
      <Panel title="One row is">
        <Facts
          items={[
            ['A row of', <RefLink key="spine" target={`source:${textAt(spine, 'source') ?? ''}`} />],
            ['Seen at', <code key="time">{textAt(spine, 'time')}</code>],
            [
              'Where',
              where.length > 0 ? (
                <code key="where">{where.map(predicateText).join(' and ')}</code>
              ) : (
                'all rows'
              ),
            ],
            ['Label', <Label key="label" label={objectAt(definition, 'label')} />],
            ['Label is final after', textAt(definition, 'labelMaturity')],
            [
              'From the request',
              <code key="request">{textsAt(definition, 'request').join(', ') || 'nothing'}</code>,
            ],
            ['Kept columns', <code key="columns">{textsAt(definition, 'columns').join(', ')}</code>],
            ['Rows without a label', flagAt(definition, 'keepUnlabelled') ? 'kept' : 'left out and counted'],
          ]}
        />
      </Panel>
      <Panel title="Features joined">
        <SimpleTable
          label="Lookups"
          head={['As', 'Feature view', 'By', 'Features']}
          rows={objectsAt(definition, 'lookups').map(lookup => [
            <code key="as">{textAt(lookup, 'as')}</code>,
            <RefLink key="view" target={`featureView:${textAt(lookup, 'view') ?? ''}`} />,
            <code key="keys" className="soft">
              {textsAt(lookup, 'keys').join(', ')}
            </code>,
            <code key="features" className="soft">
              {textsAt(lookup, 'features').join(', ')}
            </code>,
          ])}
        />
      </Panel>
      <Panel
        title="Splits"
        note={`Half-open intervals of time, in UTC${flagAt(definition, 'embargo') ? '; rows whose label reaches into the next split are left out' : ''}.`}
      >
        <SimpleTable
          label="Splits"
          head={['Split', 'From', 'To, exclusive']}
          rows={objectsAt(definition, 'splits').map(split => [
            <code key="name">{textAt(split, 'name')}</code>,
            <span key="from" className="num">
              {dayText(textAt(split, 'from'))}
            </span>,
            <span key="to" className="num">
              {dayText(textAt(split, 'to'))}
            </span>,
          ])}
        />
      </Panel>
    </>
  )
}

function dayText(text = ''): string {
  return text.replace(/T00:00:00(\.0+)?Z$/, '').replace('T', ' ')
}

function Label({ label }: { label: unknown }) {
  if (textAt(label, 'kind') === 'later') {
    return (
      <>
        <code>{textAt(label, 'name')}</code>: {textAt(label, 'op')} of {textAt(label, 'column') ?? 'rows'} in{' '}
        {textAt(label, 'source')} within {textAt(label, 'horizon')}
      </>
    )
  }
  return (
    <>
      <code>{textAt(label, 'name')}</code>: <code>{predicateText(label)}</code>
    </>
  )
}
