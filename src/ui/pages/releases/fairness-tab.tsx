import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { FairnessView } from '../../../api/judged.ts'
import { IntervalBar } from '../../components/interval-bar.tsx'
import { boundsText, Measured, shortNumber, whyUndefined } from '../../components/measured.tsx'
import { Notice } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { State } from '../../components/state.tsx'
import { formatCount, plural } from '../../format.ts'
import { emptyTexts, metricWord } from '../../texts.ts'
import { type ReleaseAt, releaseQueries } from './queries.ts'
import { ReportGate } from './report-gate.tsx'
import { SearchSelect } from './search-select.tsx'
import { verdictWords } from './words.ts'

const route = getRouteApi('/deployments/$name/releases/$number')

type Column = FairnessView['columns'][number]

export function FairnessTab({ at }: { at: ReleaseAt }) {
  const query = useQuery(releaseQueries.report('releaseFairness', at))
  return (
    <ReportGate at={at} query={query} absent={emptyTexts.fairness}>
      {report => (
        <>
          {report.columns.map(column => (
            <Groups key={column.column} column={column} least={report.minDenominator} />
          ))}
        </>
      )}
    </ReportGate>
  )
}

function Groups({ column, least }: { column: Column; least: number }) {
  if (column.undefined !== null)
    return (
      <Panel title={column.column}>
        <Notice tone="info">
          No row has a value for {column.column}, and nothing is inferred about anybody.
        </Notice>
      </Panel>
    )
  return (
    <>
      <Panel
        title={`By ${column.column}`}
        aside={plural(column.groups.length, 'group')}
        note={`A share counted on fewer than ${least} rows is undefined. Bars show the 95 % interval from 0 to the largest; the line is the mean of the groups.`}
      >
        <GroupTable column={column} />
      </Panel>
      <Panel title={`Who is worse off by ${column.column}`}>
        <Disparities column={column} />
        <FourFifths column={column} />
        <Proxies column={column} />
      </Panel>
      <Vocabularies column={column} />
    </>
  )
}

const firstShown = ['selection_rate', 'tpr', 'fpr', 'precision', 'accuracy']

function GroupTable({ column: { groups, column } }: { column: Column }) {
  const search = route.useSearch()
  const names = Object.keys(groups[0]?.metrics ?? {})
  const metric =
    names.find(name => name === search.metric) ?? firstShown.find(name => names.includes(name)) ?? names[0]
  if (metric === undefined) return <p className="panel-note">No group has rows.</p>
  const measured = groups.map(group => group.metrics[metric])
  const values = measured.flatMap(each => (typeof each?.value === 'number' ? [each.value] : []))
  const most = Math.max(
    ...measured.flatMap(each => (each?.interval ? [each.interval.upper] : [])),
    ...values,
    0.01,
  )
  const mean = values.length === 0 ? undefined : values.reduce((a, b) => a + b, 0) / values.length
  return (
    <>
      <div className="filters panel-body">
        <SearchSelect label="Metric" param="metric" values={names} word={metricWord} chosen={metric} />
      </div>
      <SimpleTable
        label={`${metricWord(metric)} by ${column}`}
        head={[
          'Group',
          '>Rows',
          '>With a label',
          `>${metricWord(metric)}`,
          '0 to the largest',
          ...others(names, metric).map(name => `>${metricWord(name)}`),
        ]}
        rows={groups.map(group => {
          const { value, interval } = group.metrics[metric] ?? { value: undefined, interval: null }
          return [
            group.group,
            formatCount(group.rows),
            formatCount(group.matured),
            <Measured key="value" value={value} bounds={interval} />,
            interval === null ? null : (
              <IntervalBar
                key="bar"
                domain={[0, most]}
                {...interval}
                estimate={typeof value === 'number' ? value : undefined}
                mark={mean}
              />
            ),
            ...others(names, metric).map(name => (
              <Measured
                key={name}
                value={group.metrics[name]?.value}
                bounds={group.metrics[name]?.interval}
              />
            )),
          ]
        })}
      />
    </>
  )
}

const others = (names: readonly string[], metric: string) =>
  firstShown.filter(name => name !== metric && names.includes(name)).slice(0, 3)

function Disparities({ column: { disparities, column } }: { column: Column }) {
  return (
    <SimpleTable
      label={`Disparities by ${column}`}
      head={['Metric', 'What it says', '>Difference', '>Ratio', '>Limit', 'Verdict']}
      rows={disparities.map(each => [
        metricWord(each.metric),
        <span key="sentence" className="reason">
          {each.sentence}
        </span>,
        <Measured key="difference" value={each.difference} bounds={each.interval} />,
        <Measured key="ratio" value={each.ratio} />,
        each.limit === null ? (
          <span key="limit" className="muted">
            none declared
          </span>
        ) : (
          shortNumber(each.limit)
        ),
        each.verdict === null ? (
          <span key="verdict" className="muted">
            told only
          </span>
        ) : (
          <State key="verdict" value={each.verdict} word={verdictWords[each.verdict]} />
        ),
      ])}
    />
  )
}

function FourFifths({ column: { fourFifths } }: { column: Column }) {
  const { ratio, lowest, highest, verdict, reason, lower, upper } = fourFifths
  const bounds =
    typeof lower === 'number' && typeof upper === 'number' ? ` (${boundsText({ lower, upper })})` : ''
  return (
    <p className="sentence">
      <strong>Four-fifths rule:</strong>{' '}
      {verdict === null ? 'nothing is said. ' : <State value={verdict} word={`${verdictWords[verdict]}. `} />}
      The share selected of {lowest ?? 'the lowest group'} against {highest ?? 'the highest'} is{' '}
      {typeof ratio === 'number' ? `${shortNumber(ratio)}${bounds}` : whyUndefined(ratio)}; the rule asks for
      at least 0.8{reason === null ? '' : ` (${reason.replaceAll('-', ' ')})`}.
    </p>
  )
}

function Proxies({ column: { proxies, column } }: { column: Column }) {
  if (proxies.length === 0) return <p className="sentence">No input gives {column} away.</p>
  return (
    <>
      <Notice tone="warn">
        These inputs tell groups of {column} apart: leaving the column out of the model does not hide it.
      </Notice>
      <SimpleTable
        label={`Inputs that give ${column} away`}
        head={['Input', 'Group', '>AUC']}
        rows={proxies.map(each => [
          <code key="input">{each.feature}</code>,
          each.group,
          shortNumber(each.auc),
        ])}
      />
    </>
  )
}

/** The same numbers under the names other tools give them. */
function Vocabularies({ column: { fairlearn, clarify, column } }: { column: Column }) {
  return (
    <details className="panel">
      <summary>{column} in the words of Fairlearn and SageMaker Clarify</summary>
      <SimpleTable
        label="Fairlearn"
        head={['Fairlearn', '>Value']}
        rows={Object.entries(fairlearn).map(([name, value]) => [
          <code key="name">{name}</code>,
          <Measured key="value" value={value} />,
        ])}
      />
      <SimpleTable
        label="Clarify"
        head={['Group', 'Clarify', '>Value']}
        rows={Object.entries(clarify).flatMap(([group, values]) =>
          Object.entries(values).map(([name, value]) => [
            group,
            <code key="name">{name}</code>,
            <Measured key="value" value={value} />,
          ]),
        )}
      />
    </details>
  )
}
