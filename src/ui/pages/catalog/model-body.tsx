import { Link } from '@tanstack/react-router'
import { Facts, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { isObject, numberAt, objectAt, objectsAt, textAt, textsAt } from '../../data/json.ts'
import { formatValue } from '../../format.ts'
import { metricWord } from '../../texts.ts'
import { RefLink } from './neighbours.tsx'

export function ModelBody({ definition }: { definition: unknown }) {
  const name = textAt(definition, 'name') ?? ''
  return (
    <>
      <Panel
        title="Trained and judged"
        aside={
          <Link to="/models/$name" params={{ name }}>
            Registered versions
          </Link>
        }
      >
        <Facts
          items={[
            [
              'Training set',
              <RefLink key="set" target={`trainingSet:${textAt(definition, 'trainingSet') ?? ''}`} />,
            ],
            ['Task', textAt(definition, 'task')],
            ['Trained on', <code key="train">{textAt(definition, 'trainOn')}</code>],
            ['Judged on', <code key="judge">{textAt(definition, 'judgeOn')}</code>],
            ['Chosen by', metricWord(textAt(definition, 'metric') ?? '')],
            ['Sliced by', textsAt(definition, 'slices').join(', ') || 'nothing'],
            ['Schedule', textAt(definition, 'schedule')],
          ]}
        />
      </Panel>
      <Panel
        title="Candidates"
        note="Every candidate is trained as a tracked run; the better one is registered."
      >
        <SimpleTable
          label="Candidates"
          head={['Candidate', 'Trainer', 'Params']}
          rows={objectsAt(definition, 'candidates').map(candidate => [
            <code key="name">{textAt(candidate, 'name')}</code>,
            trainerText(objectAt(candidate, 'trainer')),
            <code key="params" className="soft">
              {paramsText(objectAt(candidate, 'params'))}
            </code>,
          ])}
        />
      </Panel>
    </>
  )
}

function trainerText(trainer: unknown): string {
  const name = textAt(trainer, 'name') ?? textAt(trainer, 'path') ?? ''
  const kind = textAt(trainer, 'kind')
  return kind === 'builtin' ? `${name} (built in)` : kind === 'python' ? `${name} (Python)` : name
}

function paramsText(params: unknown): string {
  if (!isObject(params)) return 'defaults'
  const entries = Object.entries(params)
  return entries.length > 0
    ? entries.map(([key, value]) => `${key}=${formatValue(value)}`).join('  ')
    : 'defaults'
}

export function DeploymentBody({ definition }: { definition: unknown }) {
  const action = objectAt(definition, 'action')
  const name = textAt(definition, 'name') ?? ''
  return (
    <Panel
      title="Serves"
      aside={
        <Link to="/deployments/$name" params={{ name }}>
          State and decisions
        </Link>
      }
    >
      <Facts
        items={[
          ['Model', <RefLink key="model" target={`model:${textAt(definition, 'model') ?? ''}`} />],
          [
            'Action',
            action
              ? `${textAt(action, 'name')} if score > ${numberAt(action, 'threshold')}`
              : 'none: the score alone',
          ],
          [
            'When the model cannot',
            `answers ${numberAt(objectAt(definition, 'fallback'), 'score') ?? '?'}, marked degraded`,
          ],
          ['Deadline', textAt(definition, 'deadline')],
          ['Prediction log', logWords[textAt(definition, 'log') ?? ''] ?? '—'],
        ]}
      />
    </Panel>
  )
}

const logWords: Readonly<Record<string, string>> = {
  written: 'written before the answer',
  synced: 'synced to disk before the answer',
  none: 'none',
}
