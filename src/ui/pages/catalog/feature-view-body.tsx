import { Facts, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { isObject, numberAt, objectAt, objectsAt, textAt, textsAt } from '../../data/json.ts'
import { RefLink } from './neighbours.tsx'

export function FeatureViewBody({ definition }: { definition: unknown }) {
  const features = objectsAt(definition, 'features')
  const entity = textAt(definition, 'entity')
  return (
    <>
      <Panel title="Features" aside={features.length}>
        <SimpleTable
          label="Features"
          head={['Feature', 'Operator', 'Window', 'Only rows where', 'Type']}
          rows={features.map(feature => [
            <code key="name">{textAt(feature, 'name')}</code>,
            <code key="operator" className="soft">
              {operatorText(feature)}
            </code>,
            <span key="window" className="num">
              {windowText(feature)}
            </span>,
            <Where key="where" predicate={objectAt(feature, 'where')} />,
            <code key="type" className="soft">
              {textAt(feature, 'type')}
            </code>,
          ])}
        />
      </Panel>
      <Panel title="How it is joined">
        <Facts
          items={[
            [
              'Per',
              entity ? (
                <RefLink key="entity" target={`entity:${entity}`} />
              ) : (
                'everything: joined on time alone'
              ),
            ],
            ['From', <RefLink key="source" target={`source:${textAt(definition, 'source') ?? ''}`} />],
            ['Key columns', <code key="keys">{textsAt(definition, 'keys').join(', ')}</code>],
            [
              'Sees rows',
              textAt(definition, 'at') === 'before'
                ? 'strictly before the row’s time'
                : 'up to and at the row’s time',
            ],
            [
              'And only if',
              textAt(definition, 'knownTime') === 'latest'
                ? 'nothing: known time is ignored (a declared leak)'
                : 'they were known by then',
            ],
            ['Maximum age', textAt(definition, 'maxAge') ?? 'none'],
            ['Lookback in training', textAt(definition, 'lookback') ?? textAt(definition, 'maxAge') ?? 'all'],
          ]}
        />
      </Panel>
    </>
  )
}

/** `mean(delay)`, `quantile(delay, 0.9)`, `last value of delay`. */
export function operatorText(feature: unknown): string {
  const column = textAt(feature, 'column')
  if (textAt(feature, 'kind') === 'lookup') return `latest ${column ?? ''}`
  const parts = [column, numberAt(feature, 'p') ?? numberAt(feature, 'k')].filter(part => part !== undefined)
  return `${textAt(feature, 'op') ?? '?'}(${parts.join(', ')})`
}

function windowText(feature: unknown): string {
  if (textAt(feature, 'kind') === 'lookup') return '—'
  const window = textAt(feature, 'window') ?? '?'
  const hop = textAt(feature, 'hop')
  return window === 'all' ? 'all time' : `last ${window}${hop ? `, hop ${hop}` : ''}`
}

const signs: Readonly<Record<string, string>> = {
  eq: '=',
  ne: '≠',
  lt: '<',
  le: '≤',
  gt: '>',
  ge: '≥',
  in: 'in',
}

export function Where({ predicate }: { predicate: unknown }) {
  if (!isObject(predicate)) return <span className="muted">—</span>
  return <code className="soft">{predicateText(predicate)}</code>
}

export function predicateText(predicate: unknown): string {
  if (!isObject(predicate)) return ''
  const value = predicate['value']
  return `${textAt(predicate, 'column')} ${signs[textAt(predicate, 'op') ?? ''] ?? '?'} ${JSON.stringify(value)}`
}
