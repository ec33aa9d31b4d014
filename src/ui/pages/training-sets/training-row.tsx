import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { ExplainedTrainingRow } from '../../../api/catalog-rows.ts'
import { Notice } from '../../components/messages.tsx'
import { Facts, Loaded, Page, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time, TimesIn } from '../../components/time.tsx'
import { catalogQueries } from '../../data/catalog-queries.ts'
import { formatCount, formatValue, plural } from '../../format.ts'
import { ExplainedPart } from './explained-part.tsx'
import type { Explained } from './row-marks.ts'

const route = getRouteApi('/training-sets/$id/rows/$row')

/** One training row: which source rows gave its values, and why no later one did. */
export function TrainingRowPage() {
  const { id, row } = route.useParams()
  const set = useQuery(catalogQueries.trainingSet(id)).data
  const explanation = useQuery(catalogQueries.explanation(id, row))
  const name = set ? `${set.name}@v${set.number}` : id
  return (
    <Page
      title={`Row ${row} of ${name}`}
      crumbs={
        <>
          {set ? (
            <>
              <Link to="/catalog/$kind/$name" params={{ kind: 'trainingSet', name: set.name }}>
                {set.name}
              </Link>{' '}
              /{' '}
            </>
          ) : null}
          <Link to="/training-sets/$id" params={{ id }} search={{ tab: 'rows' }}>
            Rows of {name}
          </Link>
        </>
      }
      lede={
        explanation.data ? (
          <>
            Its time is <Time at={explanation.data.time} full />: which source rows gave its values, and why
            no later one did.
          </>
        ) : null
      }
    >
      <Loaded query={explanation} rows={14}>
        {data => <Explanation explanation={data} />}
      </Loaded>
    </Page>
  )
}

function Explanation({ explanation }: { explanation: ExplainedTrainingRow }) {
  const { lookups, changedSources, sentences, spine, time, asOf } = explanation
  return (
    <>
      {changedSources.length > 0 ? (
        <Notice tone="warn">
          {changedSources.join(', ')} {changedSources.length === 1 ? 'has' : 'have'} changed since this set
          was built: what follows is said of today’s rows and may differ from the stored values.
        </Notice>
      ) : null}
      <div className="columns">
        <Panel title="Where each value comes from" aside={plural(lookups.length, 'lookup')}>
          <SimpleTable
            label="Where each value comes from"
            head={['Feature', 'From', 'Value', 'Because']}
            rows={lookups.flatMap((part, index) => summaryRows(part, index))}
          />
        </Panel>
        <Panel title="The row">
          <Facts
            items={[
              ['Time', <Time key="time" at={time} full />],
              ['Nothing known after', <Time key="asOf" at={asOf} full />],
              ...Object.entries(spine).map(
                ([name, value]) =>
                  [
                    name,
                    <code key={name}>
                      <TimesIn text={formatValue(value)} />
                    </code>,
                  ] as const,
              ),
            ]}
          />
        </Panel>
      </div>
      <p className="panel-note">
        On the time lines: ● happened and used, ○ happened and not used, │ when it was known. The shaded span
        is what the view may look at.
      </p>
      {lookups.map((part, index) => (
        <ExplainedPart
          key={partId(part, index)}
          id={partId(part, index)}
          part={part}
          time={time}
          sentence={sentences[index]}
        />
      ))}
    </>
  )
}

const partId = (part: Explained, index: number) => `part-${index}-${part.name}`

const statusWords: Readonly<Record<string, string>> = {
  P: 'one source row was used',
  N: 'the row used holds a null',
  F: 'there was no such row',
  A: 'the newest row was too old',
}

function summaryRows(part: Explained, index: number) {
  const link = (name: string) => (
    <a key="name" href={`#${partId(part, index)}`}>
      <code>{name}</code>
    </a>
  )
  if (part.kind === 'window')
    return [
      [
        link(part.name),
        part.view,
        <span key="value" className="soft">
          {part.operator}
          {part.column ? ` of ${part.column}` : ''}
        </span>,
        `over ${plural(part.counted, 'source row')}${part.nulls > 0 ? `, ${formatCount(part.nulls)} null` : ''}`,
      ],
    ]
  return part.features.map(feature => [
    link(feature.name),
    part.view,
    <code key="value">{formatValue(feature.value)}</code>,
    statusWords[feature.status],
  ])
}
