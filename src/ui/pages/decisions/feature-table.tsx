import { getRouteApi } from '@tanstack/react-router'
import { createColumnHelper } from '@tanstack/react-table'
import { useMemo } from 'react'
import type { Decision } from '../../../api/deployments.ts'
import { DivergingBar } from '../../components/bars.tsx'
import { DataTable } from '../../components/data-table.tsx'
import { Time } from '../../components/time.tsx'
import { formatSorting, parseSorting } from '../../data/sorting.ts'
import { formatSigned, formatValue } from '../../format.ts'
import { featureStateWords } from '../../texts.ts'

type Feature = Decision['features'][number]
const route = getRouteApi('/decisions/$id')
const column = createColumnHelper<Feature>()

export function FeatureTable({ features }: { features: readonly Feature[] }) {
  const { sort } = route.useSearch()
  const navigate = route.useNavigate()
  const columns = useMemo(() => featureColumns(features), [features])
  return (
    <DataTable
      label="Features as served"
      data={features}
      columns={columns}
      rowId={feature => feature.name}
      sorting={parseSorting(sort ?? '-weight')}
      onSort={next =>
        void navigate({ search: { sort: formatSorting(next) }, replace: true, resetScroll: false })
      }
    />
  )
}

function featureColumns(features: readonly Feature[]) {
  const extent = Math.max(1e-9, ...features.map(feature => Math.abs(feature.contribution ?? 0)))
  return [
    column.accessor('name', {
      header: 'Feature',
      meta: { heading: true },
      cell: info => <code>{info.getValue()}</code>,
    }),
    column.accessor('value', {
      header: 'Value',
      meta: { right: true },
      enableSorting: false,
      cell: info => <Value value={info.getValue()} />,
    }),
    column.accessor('contribution', {
      header: 'Contribution',
      meta: { right: true },
      cell: info =>
        info.getValue() === null ? (
          <span className="muted">not explained</span>
        ) : (
          formatSigned(info.getValue() ?? 0)
        ),
    }),
    column.accessor(feature => Math.abs(feature.contribution ?? 0), {
      id: 'weight',
      header: 'Weight',
      sortDescFirst: true,
      cell: ({ row: { original } }) =>
        original.contribution === null ? null : (
          <DivergingBar value={original.contribution} extent={extent} />
        ),
    }),
    column.accessor('state', { header: 'State', cell: info => <FeatureState state={info.getValue()} /> }),
    column.accessor('eventTime', {
      header: 'Event time',
      meta: { wideOnly: true },
      cell: info => <Time at={info.getValue()} />,
    }),
  ]
}

function Value({ value }: { value: unknown }) {
  return value === null ? <span className="muted">null</span> : <span>{formatValue(value)}</span>
}

function FeatureState({ state }: { state: string }) {
  const [word, meaning] = featureStateWords[state] ?? [state, state]
  return <span title={meaning}>{word}</span>
}
