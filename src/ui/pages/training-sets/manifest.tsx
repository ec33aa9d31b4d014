import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { TrainingSet } from '../../../api/training-sets.ts'
import { Command } from '../../components/command.tsx'
import { Hash } from '../../components/hash.tsx'
import { Facts, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time } from '../../components/time.tsx'
import { catalogQueries } from '../../data/catalog-queries.ts'
import { formatBytes, formatCount, formatShare, plural } from '../../format.ts'
import { ColumnsPanel } from './columns-panel.tsx'
import { ShareBar } from './share-bar.tsx'

/** What was built, from what, and what was left out. */
export function Manifest({ set }: { set: TrainingSet }) {
  return (
    <>
      <div className="columns">
        <div>
          <Counts
            title="Splits"
            counts={set.splits}
            of={set.rows}
            none="It has no splits."
            aside={`of ${plural(set.rows, 'row')}`}
          />
          <Counts
            title="Left out"
            counts={set.excluded}
            of={set.spineRows}
            none="No row was left out."
            aside={`of ${plural(set.spineRows, 'row')} of the spine`}
          />
          <Trained set={set} />
        </div>
        <div>
          <BuildPanel set={set} />
          <Sources set={set} />
        </div>
      </div>
      <ColumnsPanel set={set} />
    </>
  )
}

function BuildPanel({ set }: { set: TrainingSet }) {
  const bytes = set.files.reduce((total, file) => total + file.bytes, 0)
  return (
    <Panel title="Build">
      <Facts
        items={[
          [
            'Id',
            <code key="id" className="anywhere">
              {set.id}
            </code>,
          ],
          ['Checksum', <Hash key="checksum" value={set.checksum} />],
          ['Definition', <DefinitionVersion key="definition" set={set} />],
          ['Engine', set.engine],
          ['Built', <Time key="at" at={set.createdAt} />],
          ['By', set.author],
          [
            'Run',
            set.pipelineRun ? (
              <Link key="run" to="/runs/$id" params={{ id: set.pipelineRun }} className="anywhere">
                {set.pipelineRun}
              </Link>
            ) : null,
          ],
          ['Files', `${set.files.length}, ${formatBytes(bytes)}${set.stored ? '' : ', deleted'}`],
          [
            'Read back',
            <Command key="verify" line={`fettle training-sets verify ${set.name}@v${set.number}`} />,
          ],
        ]}
      />
    </Panel>
  )
}

function DefinitionVersion({ set }: { set: TrainingSet }) {
  return (
    <>
      <Link to="/catalog/$kind/$name" params={{ kind: 'trainingSet', name: set.name }}>
        {set.name}
      </Link>{' '}
      v{set.definitionVersion}
    </>
  )
}

interface CountsProps {
  readonly title: string
  readonly counts: Readonly<Record<string, number>>
  readonly of: number
  readonly none: string
  readonly aside: string
}

function Counts({ title, counts, of, none, aside }: CountsProps) {
  const entries = Object.entries(counts).filter(([, count]) => count > 0)
  return (
    <Panel title={title} aside={entries.length > 0 ? aside : undefined}>
      {entries.length > 0 ? (
        <SimpleTable
          label={title}
          head={[title === 'Splits' ? 'Split' : 'Reason', '>Rows', '>Share', '']}
          rows={entries.map(([name, count]) => [
            name.replaceAll('_', ' '),
            formatCount(count),
            formatShare(count / of),
            <ShareBar key="bar" parts={[['value', count / of]]} />,
          ])}
        />
      ) : (
        <p className="muted small">{none}</p>
      )}
    </Panel>
  )
}

function Sources({ set }: { set: TrainingSet }) {
  return (
    <Panel title="Sources" aside="as they were read">
      <SimpleTable
        label="Sources"
        head={['Source', 'Content version']}
        rows={Object.entries(set.sources).map(([name, version]) => [
          <Link key="name" to="/catalog/$kind/$name" params={{ kind: 'source', name }}>
            {name}
          </Link>,
          version ? (
            <Hash key="version" value={version} />
          ) : (
            <span key="version" className="muted">
              none
            </span>
          ),
        ])}
      />
    </Panel>
  )
}

function Trained({ set }: { set: TrainingSet }) {
  const { data } = useQuery(catalogQueries.facts('trainingSet', set.name))
  const trained = data?.builds?.find(build => build.id === set.id)?.trained
  if (!trained) return null
  return (
    <Panel title="Models trained on it">
      {trained.length > 0 ? (
        <SimpleTable
          label="Models trained on it"
          head={['Model', 'Aliases', 'Serves now']}
          rows={trained.map(({ model, version, aliases, live }) => [
            <Link
              key="model"
              to="/models/$name"
              params={{ name: model }}
              search={{ version: String(version) }}
            >
              {model} v{version}
            </Link>,
            aliases.join(', ') || <span className="muted">none</span>,
            live.join(', ') || <span className="muted">nowhere</span>,
          ])}
        />
      ) : (
        <p className="muted small">None yet.</p>
      )}
    </Panel>
  )
}
