import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { RouteResponse } from '../../../api/routes.ts'
import type { TrackedRun } from '../../../api/tracking-runs.ts'
import { Facts, Panel } from '../../components/page.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { shortRun } from '../../format.ts'
import { GoOn } from './go-on.tsx'
import { RunLink } from './run-link.tsx'

/** Code, data and models: what the run came from and what came of it. */
export function Origin({ run }: { run: TrackedRun }) {
  const registered = useQuery(trackingQueries.runVersions(run.id)).data?.items ?? []
  const { datasets, modelInputs, modelOutputs } = run
  return (
    <>
      <Panel title="Where it came from">
        <Facts items={[['Run id', <code key="id">{run.id}</code>], ...lineage(run), ...code(run)]} />
      </Panel>
      <Panel title="Data and models">
        <Facts
          items={[
            ...datasets.map(
              (set, index) =>
                [
                  datasets.length > 1 ? `Dataset ${index + 1}` : 'Dataset',
                  <Dataset key={`${set.name} ${set.digest}`} set={set} tags={run.tags} />,
                ] as const,
            ),
            ...modelInputs.map(id => [`Read model ${id}`, <code key={id}>{id}</code>] as const),
            ...(modelOutputs.length > 0 ? [['Made', <Made key="made" models={modelOutputs} />] as Item] : []),
            ...(registered.length > 0
              ? [['Registered as', <Registered key="registered" versions={registered} />] as Item]
              : []),
          ]}
        />
        {datasets.length + modelInputs.length + modelOutputs.length + registered.length === 0 ? (
          <p className="panel-note">No dataset or model was logged.</p>
        ) : null}
      </Panel>
      <GoOn run={run} />
    </>
  )
}

type Item = readonly [string, ReactNode]

function Made({ models }: { models: TrackedRun['modelOutputs'] }) {
  return models.map(model => (
    <div key={`${model.modelId} ${model.step}`}>
      {model.name} <code>{model.modelId}</code> at step {model.step}, {model.status}
    </div>
  ))
}

function Registered({ versions }: { versions: RouteResponse<'runVersions'>['items'] }) {
  return versions.map(({ model, version }) => (
    <div key={`${model} ${version}`}>
      <Link to="/models/$name" params={{ name: model }} search={{ version: String(version) }}>
        {model} v{version}
      </Link>
    </div>
  ))
}

function lineage(run: TrackedRun): readonly Item[] {
  const { parent, forkOf, pipelineRun, trainingSet } = run
  return [
    ...(parent === null
      ? []
      : [['Nested in', <RunLink key="parent" id={parent} name={shortRun(parent)} />] as Item]),
    ...(forkOf === null
      ? []
      : [
          [
            'Fork of',
            <span key="fork">
              <RunLink id={forkOf.run} name={shortRun(forkOf.run)} /> at step {forkOf.step}
            </span>,
          ] as Item,
        ]),
    [
      'Pipeline run',
      pipelineRun === null ? (
        'none: logged directly'
      ) : (
        <Link key="pipeline" to="/runs/$id" params={{ id: pipelineRun }}>
          {shortRun(pipelineRun)}
        </Link>
      ),
    ],
    [
      'Training set',
      trainingSet === null ? null : (
        <Link key="set" to="/training-sets/$id" params={{ id: trainingSet }}>
          <code>{trainingSet}</code>
        </Link>
      ),
    ],
    ...(pipelineRun === null
      ? []
      : [
          [
            'Manifest',
            <a
              key="manifest"
              href={`/api/v1/runs/${encodeURIComponent(pipelineRun)}/manifest`}
              target="_blank"
              rel="noreferrer"
            >
              what it rests on, by hash
            </a>,
          ] as Item,
        ]),
  ]
}

const codeTags: readonly (readonly [tag: string, word: string])[] = [
  ['mlflow.source.name', 'Program'],
  ['mlflow.source.git.commit', 'Commit'],
  ['mlflow.source.git.branch', 'Branch'],
  ['mlflow.source.git.repoURL', 'Repository'],
]

function code(run: TrackedRun): readonly Item[] {
  return codeTags.flatMap(([tag, word]) => {
    const value = run.tags[tag]
    return value === undefined ? [] : [[word, <code key={tag}>{value}</code>] as Item]
  })
}

function Dataset({ set, tags }: { set: TrackedRun['datasets'][number]; tags: TrackedRun['tags'] }) {
  const full = tags['fettle.dataset.sha256']
  const ours = full?.replace(/^sha256:/, '').startsWith(set.digest) ?? false
  return (
    <span>
      {set.name} <code>{set.digest}</code>
      {set.context ? `, ${set.context}` : ''}{' '}
      <span className="muted">{ours ? 'first 32 digits of its hash' : 'client digest'}</span>
    </span>
  )
}
