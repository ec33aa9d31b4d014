import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { ModelVersion } from '../../../api/tracking.ts'
import type { VersionRecord } from '../../../api/tracking-models.ts'
import { Hash } from '../../components/hash.tsx'
import { Facts, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { isObject } from '../../data/json.ts'
import { formatBytes, formatCount, formatValue, plural, shortRun } from '../../format.ts'
import { SignedFiles } from './signed-files.tsx'

interface DetailsProps {
  readonly version: VersionRecord
  /** What a pipeline recorded of it, when one made it. */
  readonly made: ModelVersion | undefined
}

export function VersionDetails({ version, made }: DetailsProps) {
  return (
    <div>
      <Panel title="Made by">
        <Facts items={origin(version, made)} />
      </Panel>
      <SignaturePanel version={version} />
      {made ? (
        <Panel title="Environment">
          <Environment environment={made.environment} />
        </Panel>
      ) : null}
      <Files version={version} />
      <SignedFiles model={version.model} version={version.version} />
      <Panel title="Tags">
        {Object.keys(version.tags).length > 0 ? (
          <Facts items={Object.entries(version.tags)} />
        ) : (
          <p className="panel-note">None.</p>
        )}
      </Panel>
    </div>
  )
}

type Item = readonly [string, ReactNode]

function origin(version: VersionRecord, made: ModelVersion | undefined): readonly Item[] {
  const { run, source, loggedModel, stage, digest } = version
  return [
    [
      'Pipeline run',
      made?.pipelineRun ? (
        <Link key="run" to="/runs/$id" params={{ id: made.pipelineRun }}>
          {shortRun(made.pipelineRun)}
        </Link>
      ) : (
        'none: registered directly'
      ),
    ],
    [
      'Tracked run',
      run ? (
        <Link key="tracked" to="/experiments/runs/$id" params={{ id: run }}>
          {shortRun(run)}
        </Link>
      ) : null,
    ],
    ...(loggedModel ? [['Logged model', <code key="logged">{loggedModel}</code>] as Item] : []),
    ...(source ? [['Registered from', <code key="source">{source}</code>] as Item] : []),
    ...trainingSet(made),
    ...(stage === 'None' ? [] : [['Stage (MLflow)', `${stage}: a label, it decides nothing here`] as Item]),
    ['Format', version.format],
    ['Digest', <Hash key="digest" value={digest} />],
  ]
}

function trainingSet(made: ModelVersion | undefined): readonly Item[] {
  const set = made?.trainingSet
  if (!set) return [['Training set', 'not recorded']]
  return [
    ['Training set', <code key="set">{set.id}</code>],
    [
      'Rows',
      <span key="rows" className="num">
        {formatCount(set.rows)}
      </span>,
    ],
    ['Checksum', <Hash key="sum" value={set.checksum} />],
  ]
}

function SignaturePanel({ version }: { version: VersionRecord }) {
  const { signature } = version
  if (signature === null)
    return (
      <Panel title="Signature">
        <p className="panel-note">
          None{version.signatureGap ? `: ${version.signatureGap}` : ''}. A release needs one, so this version
          cannot be released.
        </p>
      </Panel>
    )
  return (
    <Panel title="Signature" aside={plural(signature.inputs.length, 'input')}>
      <SimpleTable
        label="Signature"
        head={['Name', 'Type', 'Null']}
        rows={[
          ...signature.inputs.map(field => [
            <code key="name">{field.name}</code>,
            <code key="type" className="soft">
              {field.type}
            </code>,
            field.nullable ? 'allowed' : 'refused',
          ]),
          ...signature.outputs.map(field => [
            <span key="name">
              → <code>{field.name}</code>
            </span>,
            <code key="type" className="soft">
              {field.type}
            </code>,
            'never',
          ]),
        ]}
      />
    </Panel>
  )
}

function Files({ version: { files } }: { version: VersionRecord }) {
  const code = files.filter(file => file.executesCode).length
  return (
    <Panel
      title="Files"
      aside={
        code > 0
          ? `${code} of ${plural(files.length, 'file')} run code when loaded`
          : plural(files.length, 'file')
      }
    >
      {files.length > 0 ? (
        <SimpleTable
          label="Files"
          head={['File', '>Size', 'Hash']}
          rows={files.map(file => [
            <span key="path">
              <code>{file.path}</code>{' '}
              {file.executesCode ? <span className="tag code-tag">executes code</span> : null}
            </span>,
            formatBytes(file.bytes),
            <Hash key="hash" value={file.hash} />,
          ])}
        />
      ) : (
        <p className="panel-note">None are kept here.</p>
      )}
    </Panel>
  )
}

function Environment({ environment }: { environment: unknown }) {
  if (!isObject(environment)) return <p className="panel-note">Not recorded.</p>
  return (
    <Facts
      items={Object.entries(environment).map(([key, value]) => [
        key,
        isObject(value) ? (
          Object.entries(value)
            .map(([name, part]) => `${name} ${formatValue(part)}`)
            .join(', ')
        ) : /^[0-9a-f]{64}$/.test(formatValue(value)) ? (
          <Hash key={key} value={formatValue(value)} />
        ) : (
          formatValue(value)
        ),
      ])}
    />
  )
}
