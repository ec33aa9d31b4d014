import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { createColumnHelper } from '@tanstack/react-table'
import { useMemo } from 'react'
import type { DeploymentSummary } from '../../../api/deployments.ts'
import type { UnderWayView } from '../../../api/rollouts.ts'
import { DataTable } from '../../components/data-table.tsx'
import { Empty, ErrorNotice } from '../../components/messages.tsx'
import { Loaded, Page } from '../../components/page.tsx'
import { State } from '../../components/state.tsx'
import { Time } from '../../components/time.tsx'
import { queries } from '../../data/queries.ts'
import { emptyTexts } from '../../texts.ts'
import { rolloutQueries } from './rollout/queries.ts'
import { RolloutCell } from './rollout-column.tsx'

const none = <span className="muted">none</span>
const column = createColumnHelper<DeploymentSummary>()
const columnsOf = (standing: ReadonlyMap<string, UnderWayView>) => [
  column.accessor('name', {
    header: 'Deployment',
    meta: { heading: true },
    cell: info => (
      <Link to="/deployments/$name" params={{ name: info.getValue() }} className="row-link">
        {info.getValue()}
      </Link>
    ),
  }),
  column.accessor('state', { header: 'State', cell: info => <State value={info.getValue()} /> }),
  column.accessor('release', {
    header: 'Release',
    meta: { right: true },
    cell: info => (info.getValue() === null ? none : `r${info.getValue()}`),
  }),
  column.display({
    id: 'rollout',
    header: 'Rollout',
    cell: ({ row: { original } }) => <RolloutCell standing={standing.get(original.name)} />,
  }),
  column.accessor('model', {
    header: 'Model',
    meta: { wideOnly: true },
    cell: ({ row: { original } }) =>
      `${original.model}${original.modelVersion === null ? '' : ` v${original.modelVersion}`}`,
  }),
  column.accessor('deployedAt', {
    header: 'Deployed',
    meta: { wideOnly: true },
    cell: info => <Time at={info.getValue()} />,
  }),
  column.accessor('predictUrl', {
    header: 'Address',
    meta: { wideOnly: true },
    cell: info => (info.getValue() ? <code className="soft">{info.getValue()}</code> : none),
  }),
]

export function DeploymentsPage() {
  const deployments = useQuery({ ...queries.deployments(), refetchInterval: 10_000 })
  const underWay = useQuery(rolloutQueries.underWay())
  const columns = useMemo(
    () => columnsOf(new Map((underWay.data?.items ?? []).map(each => [each.deployment, each]))),
    [underWay.data],
  )
  return (
    <Page title="Deployments" lede="What answers predictions now, and with which release.">
      <Loaded query={deployments} rows={5}>
        {page =>
          page.items.length > 0 ? (
            <>
              {underWay.error ? (
                <ErrorNotice error={underWay.error} onRetry={() => void underWay.refetch()} />
              ) : null}
              <DataTable label="Deployments" data={page.items} columns={columns} rowId={item => item.name} />
            </>
          ) : (
            <Empty text={emptyTexts.deployments} />
          )
        }
      </Loaded>
    </Page>
  )
}
