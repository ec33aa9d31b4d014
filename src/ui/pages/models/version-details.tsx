import { Link } from '@tanstack/react-router'
import type { ModelVersion } from '../../../api/tracking.ts'
import { Hash } from '../../components/hash.tsx'
import { Facts, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { isObject } from '../../data/json.ts'
import { formatCount, formatValue, plural, shortRun } from '../../format.ts'
import { Artifacts } from '../experiments/experiment-run.tsx'

export function VersionDetails({ version }: { version: ModelVersion }) {
  const { signature, trainingSet } = version
  return (
    <div>
      <Panel title="Made by">
        <Facts
          items={[
            [
              'Pipeline run',
              version.pipelineRun ? (
                <Link key="run" to="/runs/$id" params={{ id: version.pipelineRun }}>
                  {shortRun(version.pipelineRun)}
                </Link>
              ) : null,
            ],
            [
              'Tracked run',
              version.experimentRun ? (
                <Link key="tracked" to="/experiments/runs/$id" params={{ id: version.experimentRun }}>
                  {shortRun(version.experimentRun)}
                </Link>
              ) : null,
            ],
            ['Training set', trainingSet ? <code key="set">{trainingSet.id}</code> : 'not recorded'],
            [
              'Rows',
              trainingSet ? (
                <span key="rows" className="num">
                  {formatCount(trainingSet.rows)}
                </span>
              ) : null,
            ],
            ['Checksum', trainingSet ? <Hash key="sum" value={trainingSet.checksum} /> : null],
            ['Format', version.format],
            ['Digest', <Hash key="digest" value={version.digest} />],
          ]}
        />
      </Panel>
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
      <Panel title="Environment">
        <Environment environment={version.environment} />
      </Panel>
      <Panel title="Files">
        <Artifacts artifacts={version.files} />
      </Panel>
    </div>
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
