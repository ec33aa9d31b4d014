import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import './models.css'
import type { ModelVersion } from '../../../api/tracking.ts'
import type { ModelRecord, VersionRecord } from '../../../api/tracking-models.ts'
import { Empty } from '../../components/messages.tsx'
import { Figures, Loaded, Page, Panel } from '../../components/page.tsx'
import { Quantity } from '../../components/quantity.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { State } from '../../components/state.tsx'
import { Time } from '../../components/time.tsx'
import { queries } from '../../data/queries.ts'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { formatCount } from '../../format.ts'
import { emptyTexts, metricWord } from '../../texts.ts'
import { AliasHistory } from './alias-history.tsx'
import { AliasRequests } from './alias-requests.tsx'
import { AliasTag } from './alias-tag.tsx'
import { EvaluationPanel } from './evaluation-panel.tsx'
import { ModelCardPanel } from './model-card.tsx'
import { Reproduction } from './reproduction.tsx'
import { VersionDetails } from './version-details.tsx'
import { VersionUse } from './version-use.tsx'

const route = getRouteApi('/models/$name')

export function ModelPage() {
  const { name } = route.useParams()
  const model = useQuery(trackingQueries.model(name))
  const versions = useInfiniteQuery(trackingQueries.versions(name))
  return (
    <Page
      title={name}
      crumbs={<Link to="/models">Models</Link>}
      lede={model.data ? <Answer model={model.data} /> : null}
      actions={<Definition name={name} />}
    >
      <Loaded query={model} rows={14}>
        {data => (
          <>
            <Loaded query={versions} rows={10}>
              {pages => (
                <Body
                  model={data}
                  versions={pages.pages.flatMap(page => page.items)}
                  onMore={versions.hasNextPage ? () => void versions.fetchNextPage() : undefined}
                />
              )}
            </Loaded>
            <AliasHistory model={data} />
          </>
        )}
      </Loaded>
    </Page>
  )
}

/** A model that came by a client has no definition. */
function Definition({ name }: { name: string }) {
  const models = useQuery(queries.definitions({ kind: 'model', q: name }))
  if (!models.data?.items.some(each => each.name === name)) return null
  return (
    <Link to="/catalog/$kind/$name" params={{ kind: 'model', name }}>
      Definition
    </Link>
  )
}

function Answer({ model }: { model: ModelRecord }) {
  const champion = model.aliases['champion']
  return (
    <>
      {model.description ? `${model.description} ` : ''}
      {champion === undefined ? 'No version is the champion yet.' : `Version ${champion} is the champion.`}
    </>
  )
}

interface BodyProps {
  readonly model: ModelRecord
  readonly versions: readonly VersionRecord[]
  readonly onMore: (() => void) | undefined
}

function Body({ model, versions, onMore }: BodyProps) {
  const { version: wanted } = route.useSearch()
  // Numbers, evaluation and environment are known of versions that a pipeline made.
  const complete = useQuery({ ...queries.model(model.name), retry: false })
  const shown =
    versions.find(version => String(version.version) === wanted) ??
    versions.find(version => version.aliases.includes('champion')) ??
    versions[0]
  if (!shown) return <Empty text={emptyTexts.versions} />
  const made = complete.data?.versions.find(version => version.version === shown.version)
  return (
    <>
      <Panel title="Versions" aside="newest first; click one to see it below">
        <Versions versions={versions} made={complete.data?.versions ?? []} shown={shown} />
        {onMore ? (
          <p className="more">
            <button type="button" className="button" onClick={onMore}>
              Older versions
            </button>
          </p>
        ) : null}
      </Panel>
      <AliasRequests model={model.name} versions={versions.map(each => each.version)} />
      <Panel title={`Version ${shown.version}`} aside={<Aliases aliases={shown.aliases} />}>
        <div className="panel-body">
          {made && (made.trainingSet || Object.keys(made.metrics).length > 0) ? (
            <Headline version={made} />
          ) : null}
          {shown.lacked.length > 0 ? (
            <p className="sentence">To be released it lacks: {shown.lacked.join('; ')}.</p>
          ) : null}
          {shown.description ? <p className="sentence">{shown.description}</p> : null}
        </div>
      </Panel>
      <div className="columns">
        <div>
          <EvaluationPanel report={made?.evaluation ?? null} />
          <Reproduction model={model.name} version={shown.version} />
          <ModelCardPanel key={`card ${shown.version}`} model={model.name} version={shown.version} />
          <VersionUse key={shown.version} version={shown} />
        </div>
        <VersionDetails version={shown} made={made} />
      </div>
    </>
  )
}

function Aliases({ aliases }: { aliases: readonly string[] }) {
  return (
    <span className="tags">
      {aliases.map(alias => (
        <AliasTag key={alias} alias={alias} />
      ))}
    </span>
  )
}

function Headline({ version }: { version: ModelVersion }) {
  const metrics = Object.entries(version.metrics).slice(0, 4)
  return (
    <Figures
      items={[
        ...metrics.map(([key, value]) => [metricWord(key), <Quantity key={key} value={value} />] as const),
        [
          'Training set',
          version.trainingSet ? (
            <span key="rows">
              {formatCount(version.trainingSet.rows)} <small>rows</small>
            </span>
          ) : (
            <span key="none" className="muted">
              not recorded
            </span>
          ),
        ],
      ]}
    />
  )
}

interface VersionsProps {
  readonly versions: readonly VersionRecord[]
  readonly made: readonly ModelVersion[]
  readonly shown: VersionRecord
}

function Versions({ versions, made, shown }: VersionsProps) {
  const keys = [...new Set(made.flatMap(version => Object.keys(version.metrics)))].slice(0, 4)
  const staged = versions.some(version => version.stage !== 'None')
  const metrics = new Map(made.map(version => [version.version, version.metrics]))
  return (
    <SimpleTable
      label="Versions"
      head={[
        'Version',
        'Aliases',
        'State',
        ...(staged ? ['Stage (MLflow)'] : []),
        ...keys.map(key => `>${metricWord(key)}`),
        'Registered',
      ]}
      current={versions.indexOf(shown)}
      rows={versions.map(version => [
        <Link
          key="version"
          to="."
          search={previous => ({ ...previous, version: String(version.version) })}
          replace
          resetScroll={false}
          className="row-link"
          activeProps={{}}
        >
          v{version.version}
        </Link>,
        <Aliases key="aliases" aliases={version.aliases} />,
        <State
          key="state"
          value={{ ready: 'ready', pending: 'waiting', failed: 'failed' }[version.status]}
        />,
        ...(staged
          ? [
              version.stage === 'None' ? (
                <span key="none" className="muted">
                  none
                </span>
              ) : (
                version.stage
              ),
            ]
          : []),
        ...keys.map(key => <Quantity key={key} value={metrics.get(version.version)?.[key]} />),
        <Time key="created" at={version.createdAt} />,
      ])}
    />
  )
}
