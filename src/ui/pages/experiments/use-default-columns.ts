import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { headlineMetrics, orderMetrics } from './metric-names.ts'
import type { RunColumn } from './run-column.ts'

const lookedAt = 60
const mostMetrics = 6
const mostParams = 5

/** What a page shows whose address names no columns: the metrics that sum up, then params. Undefined until known. */
export function useDefaultColumns(experiment: string, wanted: boolean): readonly RunColumn[] | undefined {
  const ask = (kind: 'metrics' | 'params', limit: number) => ({
    ...trackingQueries.keys({ experiments: experiment, kind, limit }),
    enabled: wanted,
  })
  const metrics = useQuery(ask('metrics', lookedAt))
  const params = useQuery(ask('params', mostParams))
  const settled = !metrics.isPending && !params.isPending
  return useMemo(() => {
    if (!wanted || !settled) return undefined
    const names = headlineMetrics(orderMetrics(metrics.data?.keys ?? [])).slice(0, mostMetrics)
    return [
      { kind: 'attribute', key: 'state' },
      { kind: 'attribute', key: 'started' },
      { kind: 'attribute', key: 'took' },
      ...names.map(key => ({ kind: 'metrics', key, of: 'last' }) as const),
      ...(params.data?.keys ?? []).map(key => ({ kind: 'params', key }) as const),
    ]
  }, [wanted, settled, metrics.data, params.data])
}
