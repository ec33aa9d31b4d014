import type { DefinitionDetail } from '../../../api/catalog.ts'
import { Hash } from '../../components/hash.tsx'
import { Notice } from '../../components/messages.tsx'
import { Facts, Panel } from '../../components/page.tsx'
import { objectAt, textAt } from '../../data/json.ts'
import { formatBytes, formatCount } from '../../format.ts'
import type { SourceFacts } from './facts-types.ts'

/** What the source holds now: its content's identity and size, and whether times can be trusted. */
export function SourceState({ source, definition }: { source: SourceFacts; definition: DefinitionDetail }) {
  const { contentVersion, problem, rows, bytes, knownAt } = source
  const from = objectAt(definition.definition, 'from')
  const pushed = textAt(from, 'kind') === 'push'
  return (
    <Panel title={pushed ? 'Journal' : 'Content'}>
      {problem ? <Notice tone="warn">{problem}</Notice> : null}
      <Facts
        items={[
          ...(pushed ? ([['Fed by', <Feed key="feed" from={from} name={definition.name} />]] as const) : []),
          [
            'Content version',
            contentVersion ? (
              <Hash key="version" value={contentVersion} />
            ) : (
              'none: what is built from it cannot be built again'
            ),
          ],
          ['Rows', rows === null ? 'not counted' : formatCount(rows)],
          ['Size', bytes === null ? 'not measured' : formatBytes(bytes)],
          ['Rows are known', knownAt],
        ]}
      />
    </Panel>
  )
}

function Feed({ from, name }: { from: unknown; name: string }) {
  const feed = objectAt(from, 'feed')
  if (feed)
    return (
      <>
        {textAt(feed, 'kind')} <code>{textAt(feed, 'path') ?? textAt(feed, 'topic') ?? ''}</code>
      </>
    )
  return (
    <>
      writers: <code>fettle features write {name}</code>
    </>
  )
}
