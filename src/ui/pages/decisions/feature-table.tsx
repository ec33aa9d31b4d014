import { getRouteApi } from '@tanstack/react-router'
import { createColumnHelper } from '@tanstack/react-table'
import { Fragment, useMemo } from 'react'
import type { Decision } from '../../../api/deployments.ts'
import { DivergingBar } from '../../components/bars.tsx'
import { DataTable } from '../../components/data-table.tsx'
import { Time } from '../../components/time.tsx'
import { formatSorting, parseSorting } from '../../data/sorting.ts'
import { formatSigned, formatSpan, formatValue, millis } from '../../format.ts'
import { featureStateWords } from '../../texts.ts'

type Feature = Decision['features'][number]
const route = getRouteApi('/decisions/$id')
const column = createColumnHelper<Feature>()

export function FeatureTable({ features, asOf }: { features: readonly Feature[]; asOf: string }) {
  const { sort } = route.useSearch()
  const navigate = route.useNavigate()
  const columns = useMemo(() => featureColumns(features, asOf), [features, asOf])
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

const eventTime = (asOf: string) =>
  column.accessor('eventTime', {
    header: 'Event time, age',
    meta: { wideOnly: true },
    cell: info => {
      const at = info.getValue()
      return (
        <>
          <Time at={at} />
          {at === null ? null : <span className="tiny muted"> {formatSpan(millis(asOf) - millis(at))}</span>}
        </>
      )
    },
  })

function featureColumns(features: readonly Feature[], asOf: string) {
  const extent = Math.max(1e-9, ...features.map(feature => Math.abs(feature.contribution ?? 0)))
  return [
    column.accessor('name', {
      header: 'Feature',
      meta: { heading: true },
      cell: ({ row: { original } }) => <FeatureName feature={original} />,
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
      meta: { wideOnly: true },
      sortDescFirst: true,
      cell: ({ row: { original } }) =>
        original.contribution === null ? null : (
          <DivergingBar value={original.contribution} extent={extent} />
        ),
    }),
    column.accessor('state', {
      header: 'State',
      meta: { wideOnly: true },
      cell: ({ row: { original } }) => <FeatureState feature={original} />,
    }),
    ...(features.some(feature => feature.eventTime) ? [eventTime(asOf)] : []),
  ]
}

/** May break after `__`; on a phone the state stands below it. */
function FeatureName({ feature }: { feature: Feature }) {
  const [first, ...rest] = feature.name.split('__')
  return (
    <>
      <code>
        {first}
        {rest.map(part => (
          <Fragment key={part}>
            __
            <wbr />
            {part}
          </Fragment>
        ))}
      </code>
      {feature.state === 'fresh' && feature.value !== null ? null : (
        <span className="narrow-only tiny muted">
          <br />
          <FeatureState feature={feature} />
        </span>
      )}
    </>
  )
}

function Value({ value }: { value: unknown }) {
  return value === null ? <span className="muted">null</span> : <span>{formatValue(value)}</span>
}

/** A value that was too old is not served, and a fresh null is a null: the two are told apart by the value. */
function FeatureState({ feature }: { feature: Feature }) {
  const nulls: Readonly<Record<string, string>> = { stale: 'OUTSIDE_MAX_AGE', fresh: 'NULL_VALUE' }
  const state = feature.value === null ? (nulls[feature.state] ?? feature.state) : feature.state
  const [word, meaning] = featureStateWords[state] ?? [state, state]
  return <span title={meaning}>{word}</span>
}
