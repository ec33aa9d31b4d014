import { useQuery } from '@tanstack/react-query'
import { useSearch } from '@tanstack/react-router'
import './inbox.css'
import { Page } from '../../components/page.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { queries } from '../../data/queries.ts'
import { plural } from '../../format.ts'
import { LevelsTab } from './levels-tab.tsx'
import { PaceTab } from './pace-tab.tsx'
import { inboxQueries } from './queries.ts'
import { RequestsTab } from './requests-tab.tsx'
import { SuggestionsTab } from './suggestions-tab.tsx'

export function InboxPage() {
  const { tab } = useSearch({ from: '/inbox' })
  const open = useQuery(queries.home()).data?.counts['suggestions']
  const offers = useQuery(inboxQueries.levels()).data?.items.filter(each => each.offer !== null).length ?? 0
  const waiting = useQuery(inboxQueries.requests()).data?.items.filter(each => each.state === 'requested')
  const count = (word: string, value: number | undefined) => (value ? `${word} (${value})` : word)
  return (
    <Page
      title="Inbox"
      lede={
        open === undefined
          ? 'What rules suggest and what waits for an approval, the riskiest first.'
          : open === 0
            ? 'No suggestion waits for you.'
            : `${plural(open, 'suggestion')} ${open === 1 ? 'waits' : 'wait'}, the riskiest first.`
      }
    >
      <Tabs
        label="Inbox"
        tabs={[
          ['suggestions', count('Suggestions', open)],
          ['requests', count('Approvals', waiting?.length)],
          ['levels', count('Autonomy', offers)],
          ['pace', 'How carefully'],
        ]}
      />
      {tab === 'requests' ? (
        <RequestsTab />
      ) : tab === 'levels' ? (
        <LevelsTab />
      ) : tab === 'pace' ? (
        <PaceTab />
      ) : (
        <SuggestionsTab />
      )}
    </Page>
  )
}
