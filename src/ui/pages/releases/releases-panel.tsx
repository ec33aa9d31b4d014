import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReleaseSummaryView } from '../../../api/releases.ts'
import { Empty } from '../../components/messages.tsx'
import { Loaded, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { State } from '../../components/state.tsx'
import { Time } from '../../components/time.tsx'
import { emptyTexts } from '../../texts.ts'
import { principalText } from '../home/gather.ts'
import { releaseQueries } from './queries.ts'
import { partWord, stateWords } from './words.ts'

/** Every release of a deployment with what the gate said of it, newest first. */
export function ReleasesPanel({ deployment }: { deployment: string }) {
  const query = useQuery(releaseQueries.releases(deployment))
  return (
    <Panel title="Releases" aside="each ships and rolls back as one unit">
      <Loaded query={query} rows={4}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty text={emptyTexts.releases} />
          ) : (
            <SimpleTable
              label="Releases"
              head={['Release', 'State', 'Verdict', 'Model', 'Differs in', 'Made', 'By']}
              current={items.findIndex(each => each.state === 'serving')}
              rows={items.map(cellsOf)}
            />
          )
        }
      </Loaded>
    </Panel>
  )
}

function cellsOf(release: ReleaseSummaryView) {
  const { deployment, number, state, verdict, model, modelVersion, changed, parent, createdAt, by } = release
  const [look, word] = stateWords[state]
  return [
    <Link
      key="number"
      to="/deployments/$name/releases/$number"
      params={{ name: deployment, number: String(number) }}
      className="row-link num"
    >
      r{number}
    </Link>,
    <State key="state" value={look} word={word} />,
    verdict === null ? (
      <span key="verdict" className="muted">
        not judged yet
      </span>
    ) : (
      <span key="verdict" className="reason">
        {verdict.summary}
      </span>
    ),
    <span key="model" className="nowrap">
      {model} v{modelVersion}
    </span>,
    parent === null ? (
      <span key="parent" className="muted">
        the first
      </span>
    ) : changed.length === 0 ? (
      'nothing'
    ) : (
      changed.map(partWord).join(', ')
    ),
    <Time key="at" at={createdAt} />,
    principalText(by),
  ]
}
