import { useQuery } from '@tanstack/react-query'
import type { AutonomyHistory } from '../../../api/suggestions.ts'
import { Loaded } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time } from '../../components/time.tsx'
import { principalText } from '../home/gather.ts'
import { inboxQueries } from './queries.ts'

interface HistoryProps {
  readonly of: { readonly subject: string; readonly rule: string; readonly segmentClass: string }
}

const whatWords: Readonly<Record<string, string>> = {
  started: 'first suggestion',
  switched: 'switched on',
  offered: 'offered more',
  raised: 'raised',
  declined: 'offer declined',
  demoted: 'demoted',
  lowered: 'lowered',
  'rule-changed': 'code changed',
  'rule-error': 'rule failed',
}

/** How a rule earned and lost its autonomy, newest first. */
export function HistoryPanel({ of }: HistoryProps) {
  const query = useQuery(inboxQueries.history(of))
  return (
    <Loaded query={query} rows={4}>
      {({ items }) => (
        <SimpleTable
          label="How it was earned"
          head={['When', 'What', 'Level', 'By', 'Evidence then', 'Why']}
          rows={[...items]
            .reverse()
            .map(each => [
              <Time key="at" at={each.at} />,
              whatWords[each.what] ?? each.what,
              each.from === each.to ? each.to : `${each.from} → ${each.to}`,
              principalText(each.by),
              evidenceText(each.evidence),
              each.why,
            ])}
        />
      )}
    </Loaded>
  )
}

function evidenceText({ decisions, windows, judged }: AutonomyHistory['items'][number]['evidence']): string {
  const parts = [
    ...(decisions.count > 0 ? [`${decisions.good} of ${decisions.count} accepted`] : []),
    ...(windows.count > 0 ? [`${windows.good} of ${windows.count} windows`] : []),
    ...(judged > 0 ? [`${judged} judged well`] : []),
  ]
  return parts.join(', ') || 'none'
}
