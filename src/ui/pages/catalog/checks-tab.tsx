import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { CheckReportFact } from '../../../api/checks.ts'
import { Command } from '../../components/command.tsx'
import { Empty } from '../../components/messages.tsx'
import { Facts, Loaded, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { State } from '../../components/state.tsx'
import { Segments } from '../../components/tabs.tsx'
import { Time } from '../../components/time.tsx'
import { catalogQueries } from '../../data/catalog-queries.ts'
import { numberAt, objectAt, objectsAt, textAt } from '../../data/json.ts'
import { formatCount, formatShare, plural } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { countsText } from './builds.tsx'
import { CheckDetails } from './check-details.tsx'

const route = getRouteApi('/catalog/$kind/$name')

/** The checks of a table: what the newest report says, each check with its SQL and bad rows, and the reports before. */
export function ChecksTab({ kind, name }: { kind: string; name: string }) {
  const { report } = route.useSearch()
  const reports = useQuery(catalogQueries.checkReports(`${kind}:${name}`))
  return (
    <Loaded query={reports} rows={10}>
      {({ items }) => {
        const shown = items.find(item => item.at === report) ?? items[0]
        if (!shown)
          return (
            <Empty text={emptyTexts.checks}>
              <Command line={`fettle checks run ${name}`} />
              <Command line={`fettle checks suggest ${name}`} />
            </Empty>
          )
        return (
          <>
            <Report fact={shown} name={name} />
            <Earlier items={items} shown={shown} />
          </>
        )
      }}
    </Loaded>
  )
}

function Report({ fact, name }: { fact: CheckReportFact; name: string }) {
  const { failed } = route.useSearch()
  const { report, at, pipelineRun } = fact
  const results = objectsAt(report, 'results')
  const listed = failed ? results.filter(result => textAt(result, 'state') !== 'pass') : results
  return (
    <>
      <Panel title="Verdict" aside={<Time at={at} full />}>
        <Facts
          items={[
            ['Verdict', <State key="verdict" value={textAt(report, 'verdict') ?? 'inconclusive'} />],
            ['Rows', formatCount(numberAt(report, 'rows') ?? 0)],
            ['States', statesText(results)],
            ['Kept apart', <Quarantine key="quarantine" quarantine={objectAt(report, 'quarantine')} />],
            [
              'Run',
              pipelineRun ? (
                <Link key="run" to="/runs/$id" params={{ id: pipelineRun }}>
                  {pipelineRun}
                </Link>
              ) : (
                'by hand'
              ),
            ],
            ['Again', <Command key="again" line={`fettle checks run ${name}`} />],
          ]}
        />
      </Panel>
      <Panel
        title="Checks"
        aside={
          <Segments
            label="Which checks"
            param="failed"
            choices={[
              ['', 'All'],
              ['1', 'Not passed'],
            ]}
          />
        }
      >
        {listed.length > 0 ? (
          <ResultTable results={listed} />
        ) : (
          <p className="muted small">Every check passed.</p>
        )}
      </Panel>
      {listed
        .filter(result => textAt(result, 'sql') || objectAt(result, 'samples'))
        .map(result => (
          <CheckDetails key={textAt(result, 'name')} result={result} />
        ))}
    </>
  )
}

function ResultTable({ results }: { results: readonly unknown[] }) {
  return (
    <SimpleTable
      label="Checks"
      head={['Check', 'State', 'If it fails', '>Judged', '>Bad', '>Of judged', '>Of all', 'Found']}
      rows={results.map(result => [
        <code key="name">{textAt(result, 'name')}</code>,
        <State key="state" value={textAt(result, 'state') ?? 'not_evaluated'} />,
        severityWords[textAt(result, 'severity') ?? ''] ?? textAt(result, 'severity'),
        <Count key="judged" value={numberAt(result, 'evaluated')} />,
        <Count key="bad" value={numberAt(result, 'unexpected')} />,
        <Share key="of-judged" value={numberAt(result, 'shareOfEvaluated')} />,
        <Share key="of-all" value={numberAt(result, 'shareOfRows')} />,
        // Counts stand in their columns; words are for what is no count.
        numberAt(result, 'evaluated') === undefined ? textAt(result, 'found') : none,
      ])}
    />
  )
}

const severityWords: Readonly<Record<string, string>> = {
  block: 'stops the run',
  warn: 'warns',
  info: 'is noted',
}

const none = <span className="muted">—</span>

function Count({ value }: { value: number | undefined }) {
  return value === undefined ? none : formatCount(value)
}

function Share({ value }: { value: number | undefined }) {
  return value === undefined ? none : formatShare(value)
}

const order = ['fail', 'error', 'not_evaluated', 'warn', 'pass']

function statesText(results: readonly unknown[]): string {
  const states = results.map(result => textAt(result, 'state') ?? '')
  return order
    .map(state => [state, states.filter(each => each === state).length] as const)
    .filter(([, count]) => count > 0)
    .map(([state, count]) => `${count} ${state.replace('_', ' ')}`)
    .join(', ')
}

function Quarantine({ quarantine }: { quarantine: unknown }) {
  const rows = numberAt(quarantine, 'rows')
  if (rows === undefined) return <>nothing: no check keeps rows apart</>
  const reasons = objectAt(quarantine, 'reasons') ?? {}
  const counts = Object.fromEntries(Object.keys(reasons).map(key => [key, numberAt(reasons, key) ?? 0]))
  return (
    <>
      {formatCount(rows)} of {plural(numberAt(quarantine, 'of') ?? 0, 'row')}
      {rows > 0 ? `: ${countsText(counts)}` : ''}{' '}
      {textAt(quarantine, 'path') ? <code>{textAt(quarantine, 'path')}</code> : null}
    </>
  )
}

function Earlier({ items, shown }: { items: readonly CheckReportFact[]; shown: CheckReportFact }) {
  if (items.length < 2) return null
  return (
    <Panel title="Reports" aside="newest first">
      <SimpleTable
        label="Reports"
        head={['When', 'Verdict', '>Rows', 'States']}
        current={items.indexOf(shown)}
        rows={items.map(item => [
          <Link
            key="at"
            to="."
            search={((previous: object) => ({ ...previous, report: item.at })) as never}
            className="row-link"
            resetScroll={false}
          >
            <Time at={item.at} />
          </Link>,
          <State key="verdict" value={textAt(item.report, 'verdict') ?? 'inconclusive'} />,
          formatCount(numberAt(item.report, 'rows') ?? 0),
          statesText(objectsAt(item.report, 'results')),
        ])}
      />
    </Panel>
  )
}
