import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { RouteResponse } from '../../../api/routes.ts'
import { Notice } from '../../components/messages.tsx'
import { Figures, Loaded, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Segments } from '../../components/tabs.tsx'
import { catalogQueries } from '../../data/catalog-queries.ts'
import { formatCount, formatElapsed } from '../../format.ts'
import { RefLink } from './neighbours.tsx'

type Impact = RouteResponse<'impact'>
const route = getRouteApi('/catalog/$kind/$name')

/** What changing or removing this, or one of its columns, sets in motion. */
export function ImpactTab({ kind, name }: { kind: string; name: string }) {
  const { of, change } = route.useSearch()
  const navigate = route.useNavigate()
  const whole = `${kind}:${name}`
  const asked = of?.startsWith(`${whole}.`) ? of : whole
  const facts = useQuery(catalogQueries.facts(kind, name))
  const impact = useQuery(catalogQueries.impact(asked, change === 'remove' ? 'remove' : 'change'))
  return (
    <section aria-label="Impact">
      <div className="filters">
        <Segments
          label="What if"
          param="change"
          choices={[
            ['change', 'If it changes'],
            ['remove', 'If it is removed'],
          ]}
        />
        {facts.data && facts.data.members.length > 0 ? (
          <select
            className="input"
            aria-label="Which part"
            value={asked}
            onChange={event =>
              void navigate({ search: previous => ({ ...previous, of: event.target.value }), replace: true })
            }
          >
            <option value={whole}>All of {name}</option>
            {facts.data.members.map(member => (
              <option key={member.name} value={`${whole}.${member.name}`}>
                {member.name}
              </option>
            ))}
          </select>
        ) : null}
      </div>
      <Loaded query={impact} rows={10}>
        {data => <Outcome impact={data} />}
      </Loaded>
    </section>
  )
}

function Outcome({ impact }: { impact: Impact }) {
  const { change, removable, blockers, definitions, recomputes, trainingSets, models, live } = impact
  const removes = change === 'remove'
  return (
    <>
      {removes && !removable ? (
        <Notice tone="bad">
          <p>
            <strong>It cannot be removed.</strong>
          </p>
          {blockers.map(blocker => (
            <p key={blocker}>{blocker}</p>
          ))}
        </Notice>
      ) : null}
      {removes && removable ? <Notice tone="info">Nothing stands in the way of removing it.</Notice> : null}
      <div className="panel-body">
        <Figures
          items={[
            [removes ? 'Definitions break' : 'Definitions change', definitions.length],
            ...(removes ? [] : [['Views filled again', recomputes.length] as const]),
            ['Models trained on it', models.length],
            ['Live deployments', live.length],
          ]}
        />
      </div>
      <Live live={live} />
      <Panel title={removes ? 'Breaks' : 'Gets a new version'} aside="in the order of building">
        <SimpleTable
          label="Definitions"
          head={['Definition', ...(removes ? [] : ['>Version']), 'Why']}
          rows={definitions.map(each => [
            <RefLink key="ref" target={each.ref} />,
            ...(removes ? [] : [`v${each.version}`]),
            each.reason,
          ])}
        />
      </Panel>
      {removes ? null : <Recomputes recomputes={recomputes} />}
      <Kept trainingSets={trainingSets} models={models} />
    </>
  )
}

function Live({ live }: { live: Impact['live'] }) {
  return (
    <Panel
      title="Live deployments"
      note="They go on with the version they were deployed with until the next deploy."
    >
      {live.length > 0 ? (
        <SimpleTable
          label="Live deployments"
          head={['Deployment', 'Release', 'Answers with']}
          rows={live.map(each => [
            <Link key="deployment" to="/deployments/$name" params={{ name: each.deployment }}>
              {each.deployment}
            </Link>,
            <span key="release" className="num">
              r{each.release}
            </span>,
            `${each.model} v${each.modelVersion}`,
          ])}
        />
      ) : (
        <p className="muted small">None rests on it.</p>
      )}
    </Panel>
  )
}

function Recomputes({ recomputes }: { recomputes: Impact['recomputes'] }) {
  if (recomputes.length === 0) return null
  return (
    <Panel title="Filled again" note="What the last filling of each took.">
      <SimpleTable
        label="Filled again"
        head={['View', '>Rows', '>Time']}
        rows={recomputes.map(({ view, rows, seconds }) => [
          <RefLink key="view" target={`featureView:${view}`} />,
          rows === null ? 'never filled' : formatCount(rows),
          seconds === null ? 'not measured' : formatElapsed(seconds * 1000),
        ])}
      />
    </Panel>
  )
}

function Kept({ trainingSets, models }: Pick<Impact, 'trainingSets' | 'models'>) {
  return (
    <Panel title="Stays as it is" note="Stored builds and model versions keep what they were made from.">
      <SimpleTable
        label="Stays as it is"
        head={['Kind', 'What', 'Note']}
        rows={[
          ...trainingSets.map(set => [
            'stored build',
            <Link key="set" to="/training-sets/$id" params={{ id: set.id }}>
              {set.name}@v{set.number}
            </Link>,
            '',
          ]),
          ...models.map(({ model, version, aliases }) => [
            'model version',
            <Link
              key="model"
              to="/models/$name"
              params={{ name: model }}
              search={{ version: String(version) }}
            >
              {model} v{version}
            </Link>,
            aliases.join(', '),
          ]),
        ]}
      />
    </Panel>
  )
}
