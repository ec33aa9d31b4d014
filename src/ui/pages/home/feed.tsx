import { Link } from '@tanstack/react-router'
import type { Home } from '../../../api/catalog.ts'
import { State } from '../../components/state.tsx'
import { Time } from '../../components/time.tsx'

type Item = Home['happened'][number]

export function Feed({ items }: { items: readonly Item[] }) {
  return (
    <ol className="feed">
      {items.map(item => (
        <li key={`${item.at} ${item.title}`}>
          <State value={item.severity} iconOnly />
          {item.href ? (
            <Link to={item.href} className="row-link">
              {item.title}
            </Link>
          ) : (
            <span className="row-title">{item.title}</span>
          )}
          <span className="at small muted">
            <Time at={item.at} />
          </span>
          {item.detail ? <p className="detail">{item.detail}</p> : null}
        </li>
      ))}
    </ol>
  )
}
