import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import type { Model, ModelVersion } from '../../../api/tracking.ts'
import { Empty } from '../../components/messages.tsx'
import { Figures, Loaded, Page, Panel } from '../../components/page.tsx'
import { Quantity } from '../../components/quantity.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time } from '../../components/time.tsx'
import { queries } from '../../data/queries.ts'
import { formatCount } from '../../format.ts'
import { emptyTexts, metricWord } from '../../texts.ts'
import { principalText } from '../home/gather.ts'
import { AliasTag } from './alias-tag.tsx'
import { EvaluationPanel } from './evaluation-panel.tsx'
import { VersionDetails } from './version-details.tsx'

const route = getRouteApi('/models/$name')

export function ModelPage() {
  const { name } = route.useParams()
  const model = useQuery(queries.model(name))
  return (
    <Page
      title={name}
      crumbs={<Link to="/models">Models</Link>}
      lede={model.data ? <Answer model={model.data} /> : null}
      actions={
        <Link to="/catalog/$kind/$name" params={{ kind: 'model', name }}>
          Definition
        </Link>
      }
    >
      <Loaded query={model} rows={14}>
        {data => <Body model={data} />}
      </Loaded>
    </Page>
  )
}

function Answer({ model }: { model: Model }) {
  const champion = model.versions.find(version => version.aliases.includes('champion'))
  return (
    <>
      {model.description ? `${model.description} ` : ''}
      {champion ? `Version ${champion.version} is the champion.` : 'No version is the champion yet.'}
    </>
  )
}

function Body({ model }: { model: Model }) {
  const { version: wanted } = route.useSearch()
  const shown =
    model.versions.find(version => String(version.version) === wanted) ??
    model.versions.find(version => version.aliases.includes('champion')) ??
    model.versions[0]
  if (!shown) return <Empty text={emptyTexts.models} />
  return (
    <>
      <Panel title="Versions" aside="newest first; click one to see it below">
        <Versions model={model} shown={shown} />
      </Panel>
      <Panel title={`Version ${shown.version}`} aside={<Aliases aliases={shown.aliases} />}>
        <div className="panel-body">
          <Headline version={shown} />
        </div>
      </Panel>
      <div className="columns">
        <div>
          <EvaluationPanel report={shown.evaluation} />
        </div>
        <VersionDetails version={shown} />
      </div>
      <AliasHistory model={model} />
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

function Versions({ model, shown }: { model: Model; shown: ModelVersion }) {
  const keys = [...new Set(model.versions.flatMap(version => Object.keys(version.metrics)))].slice(0, 5)
  return (
    <SimpleTable
      label="Versions"
      head={['Version', 'Aliases', 'Format', ...keys.map(key => `>${metricWord(key)}`), 'Registered']}
      current={model.versions.indexOf(shown)}
      rows={model.versions.map(version => [
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
        version.format,
        ...keys.map(key => <Quantity key={key} value={version.metrics[key]} />),
        <Time key="created" at={version.createdAt} />,
      ])}
    />
  )
}

function AliasHistory({ model }: { model: Model }) {
  return (
    <Panel title="Alias history" aside="appended to, never rewritten">
      {model.aliasHistory.length > 0 ? (
        <SimpleTable
          label="Alias history"
          head={['When', 'Alias', 'Pointed at', 'By', 'Reason']}
          rows={model.aliasHistory.map(event => [
            <Time key="at" at={event.at} />,
            <AliasTag key="alias" alias={event.alias} />,
            event.version === null ? 'removed' : `v${event.version}`,
            principalText(event.by),
            event.reason || <span className="muted">none given</span>,
          ])}
        />
      ) : (
        <p className="panel-note">No alias was ever set.</p>
      )}
    </Panel>
  )
}
