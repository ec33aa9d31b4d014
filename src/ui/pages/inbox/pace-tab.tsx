import { useQuery } from '@tanstack/react-query'
import type { PaceView } from '../../../api/suggestions.ts'
import { Empty } from '../../components/messages.tsx'
import { Loaded, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { formatCount, formatNumber, formatShare } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { principalText } from '../home/gather.ts'
import { inboxQueries } from './queries.ts'

type Pace = PaceView['overall']

/** Whether people look at what they decide. */
export function PaceTab() {
  const query = useQuery(inboxQueries.pace())
  return (
    <Panel
      title="How carefully people decide"
      note="Over the last 28 days. A decision under 2 s after display is a rubber stamp: it is counted here and is no evidence for a rule, nor is what was accepted in one act with others."
    >
      <Loaded query={query} rows={4}>
        {({ overall, people }) =>
          overall.decisions === 0 ? (
            <Empty text={emptyTexts.pace} />
          ) : (
            <SimpleTable
              label="How carefully people decide"
              head={['Who', '>Decisions', '>Under 2 s', '>Median time', '>In one act']}
              rows={[
                ...people.map(each => row(principalText(each.by), each)),
                row(<strong>All</strong>, overall),
              ]}
            />
          )
        }
      </Loaded>
    </Panel>
  )
}

function row(who: React.ReactNode, pace: Pace) {
  return [
    who,
    formatCount(pace.decisions),
    <Figure key="hasty" value={pace.hastyShare} text={formatShare} />,
    <Figure key="median" value={pace.medianSeconds} text={value => `${formatNumber(value, 3)} s`} />,
    <Figure key="batch" value={pace.batchShare} text={formatShare} />,
  ]
}

function Figure({ value, text }: { value: Pace['hastyShare']; text: (value: number) => string }) {
  return typeof value === 'number' ? (
    <span className="num">{text(value)}</span>
  ) : (
    <span className="muted" title={value.undefined}>
      not measured
    </span>
  )
}
