import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { RouteResponse } from '../../../api/routes.ts'
import { request } from '../../api.ts'
import { Command } from '../../components/command.tsx'
import { ErrorNotice, Skeleton } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { State } from '../../components/state.tsx'
import { Time } from '../../components/time.tsx'
import { formatElapsed, shortRun } from '../../format.ts'

type Prospect = RouteResponse<'reproducibility'>

const meanings = {
  R0: 'metadata only',
  R1: 'can be run again',
  R2: 'the same within its tolerance',
  R3: 'identical to the bit',
} as const

/** How well the version can be had again, from evidence, and a button that gathers more. */
export function Reproduction({ model, version }: { model: string; version: number }) {
  const params = { name: model, version: String(version) }
  const client = useQueryClient()
  const key = ['reproducibility', model, version]
  const found = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => request('reproducibility', { params, signal }),
    retry: false,
  })
  const start = useMutation({
    mutationFn: () => request('reproduce', { params, body: {} }),
    onSuccess: () => client.invalidateQueries({ queryKey: key }),
  })
  return (
    <Panel title="Reproduction" aside={found.data ? <ClassTag found={found.data} /> : null}>
      {found.data ? <Ingredients found={found.data} /> : found.error ? null : <Skeleton rows={3} />}
      {found.error ? <ErrorNotice error={found.error} /> : null}
      {found.data ? (
        <section className="offer in-panel" aria-label="Reproduce">
          <button type="button" className="button" disabled={start.isPending} onClick={() => start.mutate()}>
            Reproduce
          </button>
          <p className="small soft">
            Makes the version again in a scratch place and compares item by item; nothing of it changes.{' '}
            {found.data.estimate.seconds > 0
              ? `About ${formatElapsed(found.data.estimate.seconds * 1000)}.`
              : 'How long it takes is not known.'}
          </p>
          <Command line={`fettle reproduce ${model}@${version}`} />
          {start.data?.run ? (
            <p>
              Running:{' '}
              <Link to="/runs/$id" params={{ id: start.data.run }}>
                {shortRun(start.data.run)}
              </Link>
            </p>
          ) : null}
          {start.error ? <ErrorNotice error={start.error} /> : null}
        </section>
      ) : null}
    </Panel>
  )
}

function ClassTag({ found }: { found: Prospect }) {
  const { class: level } = found.class
  return (
    <span className={level === 'R2' || level === 'R3' ? 'tag strong' : 'tag'} title={meanings[level]}>
      {level}
    </span>
  )
}

const sentence = (text: string) =>
  text === '' ? '' : `${text[0]?.toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? '' : '.'}`

function Ingredients({ found }: { found: Prospect }) {
  const { class: level, reason, at } = found.class
  const report = found.last?.report
  return (
    <>
      <p className="sentence">
        <strong>{level}</strong>, {meanings[level]}. {sentence(reason)}{' '}
        <span className="muted">
          As of <Time at={at} />.
        </span>
      </p>
      {report ? (
        <p className="panel-note">
          Last reproduction <Time at={report.at} />: {report.verdict}
          {report.firstDifference ? `, first difference in ${report.firstDifference.step}` : ''}.
        </p>
      ) : (
        <p className="panel-note">It has not been reproduced yet.</p>
      )}
      <details>
        <summary>{found.ingredients.length} ingredients</summary>
        <SimpleTable
          label="Ingredients"
          head={['Part', 'Name', 'State', 'Taken from']}
          rows={found.ingredients.map(each => [
            each.part,
            each.name,
            <State
              key="state"
              value={{ found: 'good', other: 'warn', missing: 'bad' }[each.state]}
              word={{ found: 'found', other: 'another', missing: 'missing' }[each.state]}
            />,
            each.how,
          ])}
        />
      </details>
    </>
  )
}
