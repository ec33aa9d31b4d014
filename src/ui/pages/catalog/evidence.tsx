import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Empty } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { State } from '../../components/state.tsx'
import { Time } from '../../components/time.tsx'
import { catalogQueries } from '../../data/catalog-queries.ts'
import { formatBytes, formatCount, formatElapsed, plural } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { countsText } from './builds.tsx'
import type { DefinitionFacts, ViewFacts } from './facts-types.ts'

/** What backs the answer above: fillings, comparisons, and who uses each column. */
export function Evidence({ kind, name }: { kind: string; name: string }) {
  const { data } = useQuery(catalogQueries.facts(kind, name))
  if (!data) return null
  return (
    <>
      {data.view ? <Materializations history={data.view.history} /> : null}
      {data.view ? <Skew skew={data.view.skew} /> : null}
      <Members of={{ kind, name }} members={data.members} />
    </>
  )
}

function Materializations({ history }: { history: ViewFacts['history'] }) {
  return (
    <Panel title="Materializations" aside={history.length > 0 ? 'newest first' : undefined}>
      {history.length > 0 ? (
        <SimpleTable
          label="Materializations"
          head={[
            'When',
            'Version',
            'Mode',
            '>Read',
            '>Applied',
            '>Superseded',
            '>Later',
            'Left out',
            '>Keys',
            '>Size',
            '>Took',
          ]}
          rows={history.map(each => [
            each.pipelineRun ? (
              <Link key="at" to="/runs/$id" params={{ id: each.pipelineRun }}>
                <Time at={each.at} />
              </Link>
            ) : (
              <Time key="at" at={each.at} />
            ),
            <span key="version" className="num">
              v{each.version}, gen. {each.generation}
            </span>,
            each.mode,
            formatCount(each.read),
            formatCount(each.applied),
            formatCount(each.superseded),
            formatCount(each.deferred),
            countsText(each.skipped) || <span className="muted">none</span>,
            formatCount(each.keys),
            formatBytes(each.bytes),
            formatElapsed(each.seconds * 1000),
          ])}
        />
      ) : (
        <Empty text={emptyTexts.materializations} />
      )}
    </Panel>
  )
}

function Skew({ skew }: { skew: ViewFacts['skew'] }) {
  if (skew.length === 0) return null
  return (
    <Panel title="Served as computed?" aside="from the newest replay of each deployment">
      <SimpleTable
        label="Skew"
        head={['Deployment', 'Verdict', '>Requests', 'Features that differ', 'Replayed']}
        rows={skew.map(each => [
          <Link key="deployment" to="/deployments/$name/skew" params={{ name: each.deployment }}>
            {each.deployment}
          </Link>,
          <State key="verdict" value={each.verdict} />,
          formatCount(each.requests),
          each.differing.join(', ') || <span className="muted">none</span>,
          <Time key="at" at={each.at} />,
        ])}
      />
    </Panel>
  )
}

interface MembersProps {
  readonly of: { readonly kind: string; readonly name: string }
  readonly members: DefinitionFacts['members']
}

function Members({ of, members }: MembersProps) {
  const asked = members.filter(member => member.usage !== null)
  if (asked.length === 0) return null
  const unused = asked.filter(member => member.usage?.state === 'unused').length
  return (
    <Panel
      title="Who uses each"
      aside={unused > 0 ? `${unused} of ${plural(asked.length, 'column')} unused` : undefined}
    >
      <SimpleTable
        label="Who uses each"
        head={['Column', 'Used', 'Training sets', 'Models', 'Live deployments']}
        rows={asked.map(({ name, usage }) => [
          <Link
            key="name"
            to="/catalog/$kind/$name"
            params={of}
            search={{ tab: 'columns', column: `${of.kind}:${of.name}.${name}` }}
            title="Where it comes from and where it goes"
          >
            <code>{name}</code>
          </Link>,
          <State key="state" value={usage?.state ?? 'unused'} />,
          <Names key="sets" names={usage?.trainingSets ?? []} />,
          <Names key="models" names={usage?.models ?? []} />,
          <Names key="live" names={usage?.live ?? []} />,
        ])}
      />
    </Panel>
  )
}

function Names({ names }: { names: readonly string[] }) {
  return names.length > 0 ? names.join(', ') : <span className="muted">none</span>
}
