import { useQuery } from '@tanstack/react-query'
import { Loaded, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time } from '../../components/time.tsx'
import { formatNumber } from '../../format.ts'
import { decisionQueries } from './queries.ts'

/** What was said of a decision since, and which of it holds. */
export function FeedbackPanel({ id }: { id: string }) {
  const feedback = useQuery(decisionQueries.feedback(id))
  return (
    <Panel title="Feedback since" aside="in the order in which it was known">
      <Loaded query={feedback} rows={2}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="panel-note">Nobody has said anything of it yet.</p>
          ) : (
            <SimpleTable
              label="Feedback"
              head={['Kind', '>Value', 'Known', 'Source', 'Who', 'Holds', 'Note']}
              rows={items.map(item => [
                item.kind,
                valueText(item),
                <Time key="known" at={item.knownTime} />,
                item.source,
                item.actor ?? item.actorClass,
                item.holds ? 'yes' : item.state === 'active' ? 'no, later word' : item.state,
                item.note ?? '',
              ])}
            />
          )
        }
      </Loaded>
    </Panel>
  )
}

export function valueText({ is, value }: { readonly is: string; readonly value: number }): string {
  if (is === 'yes-no') return value === 1 ? 'yes' : 'no'
  return formatNumber(value)
}
