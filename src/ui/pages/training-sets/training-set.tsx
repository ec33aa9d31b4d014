import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { TrainingSet } from '../../../api/training-sets.ts'
import { Notice } from '../../components/messages.tsx'
import { Loaded, Page } from '../../components/page.tsx'
import { Tabs } from '../../components/tabs.tsx'
import { Time } from '../../components/time.tsx'
import { catalogQueries } from '../../data/catalog-queries.ts'
import { plural } from '../../format.ts'
import { Compare } from './compare.tsx'
import { Manifest } from './manifest.tsx'
import { Rows } from './rows.tsx'

const route = getRouteApi('/training-sets/$id')

/** One stored build of a training set. */
export function TrainingSetPage() {
  const { id } = route.useParams()
  const { tab } = route.useSearch()
  const query = useQuery(catalogQueries.trainingSet(id))
  const set = query.data
  return (
    <Page
      title={set ? `${set.name}@v${set.number}` : id}
      crumbs={<Crumbs set={set} />}
      lede={set ? <Answer set={set} /> : null}
    >
      <Tabs
        label="View"
        tabs={[
          ['build', 'Build'],
          ['rows', 'Rows'],
          ['compare', 'Compare'],
        ]}
      />
      <Loaded query={query} rows={14}>
        {data => (
          <>
            {data.reproducible ? null : (
              <Notice tone="warn">
                A source had no version when this was built: no second build can be shown to be equal to it.
              </Notice>
            )}
            {tab === 'rows' ? (
              <Rows set={data} />
            ) : tab === 'compare' ? (
              <Compare set={data} />
            ) : (
              <Manifest set={data} />
            )}
          </>
        )}
      </Loaded>
    </Page>
  )
}

function Crumbs({ set }: { set: TrainingSet | undefined }) {
  return (
    <>
      <Link to="/catalog">Catalog</Link> /{' '}
      <Link to="/catalog" search={{ kind: 'trainingSet' }}>
        training set
      </Link>
      {set ? (
        <>
          {' '}
          /{' '}
          <Link to="/catalog/$kind/$name" params={{ kind: 'trainingSet', name: set.name }}>
            {set.name}
          </Link>
        </>
      ) : null}
    </>
  )
}

function Answer({ set }: { set: TrainingSet }) {
  const features = set.columns.filter(column => column.role === 'feature').length
  return (
    <>
      {plural(set.rows, 'row')} with {plural(features, 'feature')}, each with what was known at its time; as
      of <Time at={set.asOf} full />. {set.stored ? '' : 'The rows are no longer stored; the manifest is.'}
    </>
  )
}
