import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { createColumnHelper } from '@tanstack/react-table'
import { useMemo } from 'react'
import type { DecisionSummary } from '../../../api/deployments.ts'
import { DataTable } from '../../components/data-table.tsx'
import { Empty } from '../../components/messages.tsx'
import { Loaded, Panel } from '../../components/page.tsx'
import { Time } from '../../components/time.tsx'
import { queries } from '../../data/queries.ts'
import { formatFixed, formatValue } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'

const column = createColumnHelper<DecisionSummary>()
const decisionColumns = (keys: readonly string[]) => [
  column.accessor('entity', {
    header: 'For',
    meta: { heading: true },
    cell: ({ row: { original } }) => (
      <Link to="/decisions/$id" params={{ id: original.predictionId }} className="row-link">
        {entityText(original.entity, keys)}
      </Link>
    ),
  }),
  column.accessor('score', {
    header: 'Score',
    meta: { right: true },
    cell: info => formatFixed(info.getValue()),
  }),
  column.accessor('action', {
    header: 'Action',
    cell: info => info.getValue() ?? <span className="muted">none</span>,
  }),
  column.accessor('servedBy', {
    header: 'Served by',
    meta: { wideOnly: true },
    cell: ({ row: { original } }) => `${original.servedBy}, r${original.release}`,
  }),
  column.accessor('asOf', {
    header: 'Features as of',
    meta: { wideOnly: true },
    cell: info => <Time at={info.getValue()} />,
  }),
  column.accessor('decidedAt', {
    header: 'Decided',
    meta: { wideOnly: true },
    cell: info => <Time at={info.getValue()} />,
  }),
]

/** `origin ORD, destination LGA`: the named keys, or everything the caller sent when none of them is there. */
export function entityText(
  entity: Readonly<Record<string, unknown>>,
  keys: readonly string[] = Object.keys(entity),
): string {
  const named = Object.entries(entity).filter(([key]) => keys.includes(key))
  const values = (named.length > 0 ? named : Object.entries(entity)).map(
    ([key, value]) => `${key} ${formatValue(value)}`,
  )
  return values.join(', ') || 'no entity'
}

export function Decisions({ deployment, keys }: { deployment: string; keys: readonly string[] }) {
  const columns = useMemo(() => decisionColumns(keys), [keys])
  const decisions = useQuery({ ...queries.decisions(deployment), refetchInterval: 5_000 })
  return (
    <Panel title="Latest decisions" aside="newest first; each was written before it was answered">
      <Loaded query={decisions} rows={6}>
        {page =>
          page.items.length > 0 ? (
            <DataTable
              label="Latest decisions"
              data={page.items}
              columns={columns}
              rowId={item => item.predictionId}
            />
          ) : (
            <Empty text={emptyTexts.decisions} />
          )
        }
      </Loaded>
    </Panel>
  )
}
