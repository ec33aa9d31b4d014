import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useState } from 'react'
import { Time } from '../../components/time.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { plural } from '../../format.ts'
import { principalText } from '../home/gather.ts'

const route = getRouteApi('/experiments/$name')

interface CountProps {
  readonly experiment: { readonly id: string; readonly owner: string; readonly createdAt: string }
}

/** How many runs match, about or, when asked, exactly. */
export function RunCount({ experiment }: CountProps) {
  const { filter, life } = route.useSearch()
  const [exactly, setExactly] = useState(false)
  const count = useQuery(
    trackingQueries.count({
      experiments: [experiment.id],
      ...(filter ? { filter } : {}),
      ...(life === 'deleted' ? { lifecycle: 'deleted' as const } : {}),
      ...(exactly ? { precision: 'exact' as const } : {}),
    }),
  )
  return (
    <>
      {count.data ? (
        <span role="status">
          {count.data.exact ? '' : 'About '}
          {plural(count.data.count, 'run')}
          {filter ? ' that match' : ''}.{' '}
        </span>
      ) : null}
      {count.data && !count.data.exact ? (
        <button type="button" className="button" onClick={() => setExactly(true)}>
          Count exactly
        </button>
      ) : null}{' '}
      <span className="muted">
        Created <Time at={experiment.createdAt} />{' '}
        {experiment.owner ? `by ${principalText(experiment.owner)}` : ''}
      </span>
    </>
  )
}
