import { Link } from '@tanstack/react-router'
import type { DefinitionDetail } from '../../../api/catalog.ts'
import { Hash } from '../../components/hash.tsx'
import { Icon, kindIcon } from '../../components/icons.tsx'
import { Panel } from '../../components/page.tsx'
import { Time } from '../../components/time.tsx'
import { kindWord } from '../../texts.ts'

/** `featureView:origin_delays` as a link to its page. */
export function RefLink({ target }: { target: string }) {
  const [kind = '', ...rest] = target.split(':')
  const name = rest.join(':')
  if (!name) return <code>{target}</code>
  return (
    <span className="state tone-info">
      <Icon name={kindIcon(kind)} size={14} />
      <Link to="/catalog/$kind/$name" params={{ kind, name }}>
        {name}
      </Link>
      <span className="muted">{kindWord(kind)}</span>
    </span>
  )
}

interface NeighboursProps {
  readonly title: string
  readonly refs: readonly string[]
  readonly none: string
  readonly note?: string
}

export function Neighbours({ title, refs, none, note }: NeighboursProps) {
  return (
    <Panel
      title={title}
      aside={refs.length > 0 ? (note ? `${refs.length}, ${note}` : refs.length) : undefined}
    >
      <ul className="ref-list small">
        {refs.length > 0 ? (
          refs.map(ref => (
            <li key={ref}>
              <RefLink target={ref} />
            </li>
          ))
        ) : (
          <li className="muted">{none}</li>
        )}
      </ul>
    </Panel>
  )
}

export function Versions({ versions }: { versions: DefinitionDetail['versions'] }) {
  return (
    <Panel title="Versions" aside="immutable">
      <div className="table-wrap">
        <table>
          <thead>
            <tr>
              <th scope="col">Version</th>
              <th scope="col">Content hash</th>
              <th scope="col">Applied</th>
              <th scope="col">By</th>
            </tr>
          </thead>
          <tbody>
            {versions.map(version => (
              <tr key={version.version}>
                <td className="num">v{version.version}</td>
                <td>
                  <Hash value={version.semanticHash} />
                </td>
                <td>
                  <Time at={version.appliedAt} />
                </td>
                <td>{version.by}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Panel>
  )
}
