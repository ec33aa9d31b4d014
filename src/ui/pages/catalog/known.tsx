import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { DefinitionDetail } from '../../../api/catalog.ts'
import { Hash } from '../../components/hash.tsx'
import { Notice } from '../../components/messages.tsx'
import { Facts, Loaded, Panel } from '../../components/page.tsx'
import { State } from '../../components/state.tsx'
import { Time } from '../../components/time.tsx'
import { catalogQueries } from '../../data/catalog-queries.ts'
import { plural } from '../../format.ts'
import { Builds } from './builds.tsx'
import type { DefinitionFacts } from './facts-types.ts'
import { SourceState } from './source-state.tsx'
import { ViewState } from './view-state.tsx'

/** What is known of its data now, above the definition: is it fresh, is it good, what is there. */
export function Known({ definition }: { definition: DefinitionDetail }) {
  const { kind, name } = definition
  const facts = useQuery(catalogQueries.facts(kind, name))
  return (
    <>
      <Loaded query={facts} rows={5}>
        {data => (
          <>
            <Reasons facts={data} />
            {data.view ? <ViewState name={name} view={data.view} models={data.usage.models} /> : null}
            {data.source ? <SourceState source={data.source} definition={definition} /> : null}
            {data.builds ? <Builds name={name} builds={data.builds} /> : null}
            <CheckLine of={{ kind, name }} checks={data.checks} />
          </>
        )}
      </Loaded>
      {definition.facts.length > 0 && !['source', 'featureView', 'trainingSet'].includes(kind) ? (
        <Panel title="Made from it">
          <Facts
            items={definition.facts.map(fact => [
              capital(fact.label),
              <FactValue key={fact.label} fact={fact} />,
            ])}
          />
        </Panel>
      ) : null}
    </>
  )
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1)

/** That nothing uses it is no fault; the list of users says it. */
function Reasons({ facts: { marks, reasons } }: { facts: DefinitionFacts }) {
  const told = marks.flatMap((mark, index) =>
    mark === 'stale' || mark === 'unsafe' ? [[mark, reasons[index]] as const] : [],
  )
  if (told.length === 0) return null
  return (
    <Notice tone="warn">
      {told.map(([mark, reason]) => (
        <p key={mark}>{capital(reason ?? mark)}</p>
      ))}
    </Notice>
  )
}

function CheckLine({
  of,
  checks,
}: {
  of: { kind: string; name: string }
  checks: DefinitionFacts['checks']
}) {
  if (!checks) return null
  return (
    <Panel
      title="Checks"
      aside={
        <Link to="/catalog/$kind/$name" params={of} search={{ tab: 'checks' }}>
          Every check with its SQL
        </Link>
      }
    >
      <Facts
        items={[
          ['Verdict', <State key="verdict" value={checks.verdict} />],
          ['Judged', `${plural(checks.results.length, 'check')} over ${plural(checks.rows, 'row')}`],
          ['Kept apart', checks.quarantined === null ? 'nothing' : plural(checks.quarantined, 'row')],
          ['When', <Time key="at" at={checks.at} full />],
        ]}
      />
    </Panel>
  )
}

/** A fact's text as the pages write such things: hashes short, times in the chosen zone, counts with thin spaces. */
function Reading({ text }: { text: string }) {
  if (/^sha256:/.test(text)) return <Hash value={text} />
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return <Time at={text} full />
  if (/^\d{1,3}(,\d{3})+$/.test(text)) return <span className="num">{text.replaceAll(',', '\u202f')}</span>
  return <>{text}</>
}

function FactValue({ fact }: { fact: DefinitionDetail['facts'][number] }) {
  return (
    <>
      <Reading text={fact.value} />{' '}
      {fact.at ? (
        <span className="muted">
          {' '}
          · <Time at={fact.at} />
        </span>
      ) : null}
    </>
  )
}
