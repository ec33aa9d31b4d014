import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Empty } from '../../components/messages.tsx'
import { Loaded, Panel } from '../../components/page.tsx'
import { emptyTexts } from '../../texts.ts'
import { Requests } from '../models/alias-requests.tsx'
import { inboxQueries } from './queries.ts'

/** Requests to move protected aliases, of all models. */
export function RequestsTab() {
  const query = useQuery(inboxQueries.requests())
  return (
    <Loaded query={query} rows={4}>
      {({ items }) => {
        const waiting = items.filter(each => each.state === 'requested')
        if (waiting.length === 0) return <Empty text={emptyTexts.approvals} />
        return [...new Set(waiting.map(each => each.model))].map(model => (
          <Panel
            key={model}
            title={model}
            aside={
              <Link to="/models/$name" params={{ name: model }}>
                Open the model
              </Link>
            }
          >
            <Requests requests={waiting.filter(each => each.model === model)} />
          </Panel>
        ))
      }}
    </Loaded>
  )
}
