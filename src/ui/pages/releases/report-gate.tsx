import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Empty } from '../../components/messages.tsx'
import { Loaded } from '../../components/page.tsx'
import type { EmptyText } from '../../texts.ts'
import { emptyTexts } from '../../texts.ts'
import type { ReleaseAt } from './queries.ts'

/** A report of the judged rows, or why there is none: the release was not judged, had no rows, or this part does not apply. */
export function ReportGate<Report>(props: {
  at: ReleaseAt
  query: UseQueryResult<{ readonly report: Report | null }, Error>
  absent: EmptyText
  children: (report: Report) => ReactNode
}) {
  const { at, query, absent, children } = props
  return (
    <Loaded query={query} rows={10}>
      {({ report }) =>
        report === null ? (
          <Empty text={at.judged === null ? emptyTexts.judgedRows : absent} />
        ) : (
          children(report)
        )
      }
    </Loaded>
  )
}
