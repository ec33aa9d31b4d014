import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { TrainingSet } from '../../../api/training-sets.ts'
import { request } from '../../api.ts'
import { Command } from '../../components/command.tsx'
import { ErrorNotice } from '../../components/messages.tsx'
import { Loaded, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { catalogQueries } from '../../data/catalog-queries.ts'
import { ComparedManifests, Same } from './compared-manifests.tsx'

const route = getRouteApi('/training-sets/$id')
const nameOf = ({ name, number }: { name: string; number: number }) => `${name}@v${number}`

/** Two builds beside each other, of one definition or of two variants. */
export function Compare({ set }: { set: TrainingSet }) {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const all = useQuery(catalogQueries.trainingSets())
  return (
    <Loaded query={all} rows={4}>
      {({ items }) => {
        const others = items.filter(item => item.id !== set.id)
        const ofSameName = others.filter(item => item.name === set.name)
        const other = others.find(item => item.id === search.with) ?? ofSameName[0] ?? others[0]
        if (!other)
          return (
            <p className="muted">
              There is no other build yet. A second one appears when a source or a definition has changed:{' '}
              <Command line={`fettle training-sets build ${set.name}`} />
            </p>
          )
        return (
          <>
            <label className="filters small">
              <span className="muted">Compare {nameOf(set)} with</span>
              <select
                className="input"
                value={other.id}
                onChange={event =>
                  void navigate({
                    search: previous => ({ ...previous, with: event.target.value }),
                    replace: true,
                  })
                }
              >
                {others.map(item => (
                  <option key={item.id} value={item.id}>
                    {nameOf(item)}
                  </option>
                ))}
              </select>
            </label>
            <Compared set={set} other={other.id} />
          </>
        )
      }}
    </Loaded>
  )
}

function Compared({ set, other }: { set: TrainingSet; other: string }) {
  const query = useQuery(catalogQueries.trainingSet(other))
  return (
    <Loaded query={query} rows={10}>
      {found => (
        <>
          <ComparedManifests left={set} right={found} />
          <Values key={found.id} left={set} right={found} />
        </>
      )}
    </Loaded>
  )
}

const checksums = (id: string) => request('verifyTrainingSet', { params: { id }, query: { columns: 'true' } })

/** Values are compared by the content checksum of each column, which takes reading both sets. */
function Values({ left, right }: { left: TrainingSet; right: TrainingSet }) {
  const read = useMutation({ mutationFn: async () => [await checksums(left.id), await checksums(right.id)] })
  const [a, b] = read.data ?? []
  if (left.checksum === right.checksum) return null
  const shared = left.columns.filter(column => right.columns.some(each => each.name === column.name))
  return (
    <Panel title="Values, column by column">
      {a && b ? (
        <SimpleTable
          label="Values"
          head={['Column', 'In both sets']}
          rows={shared.map(({ name }) => [
            <code key="name">{name}</code>,
            <Same key="same" same={a.columns[name] === b.columns[name]} words={['equal', 'other values']} />,
          ])}
        />
      ) : (
        <section className="offer in-panel" aria-label="Compare values">
          <button
            type="button"
            className="button"
            disabled={read.isPending || !left.stored || !right.stored}
            onClick={() => read.mutate()}
          >
            {read.isPending ? 'Reading both sets' : 'Compare values'}
          </button>
          <p className="small soft">
            {left.stored && right.stored
              ? 'Reads both sets back and compares the checksum of each column they share. Large sets take a while.'
              : 'The rows of one of them are no longer stored.'}
          </p>
          <Command line={`fettle training-sets diff ${nameOf(left)} ${nameOf(right)}`} />
        </section>
      )}
      {read.error ? <ErrorNotice error={read.error} onRetry={() => read.mutate()} /> : null}
      <p className="panel-note">
        <Link to="/training-sets/$id" params={{ id: right.id }}>
          Open {nameOf(right)}
        </Link>
      </p>
    </Panel>
  )
}
