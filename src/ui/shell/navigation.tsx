import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { IconName } from '../components/icons.tsx'
import { Icon } from '../components/icons.tsx'
import { Time } from '../components/time.tsx'
import type { LiveState } from '../data/live.ts'
import { queries } from '../data/queries.ts'
import { Preferences } from './preferences.tsx'

export interface Place {
  readonly to: string
  readonly word: string
  readonly icon: IconName
  /** Second letter of the `g` shortcut. */
  readonly key: string
}

export const placeGroups: readonly (readonly [title: string | null, places: readonly Place[]])[] = [
  [
    null,
    [
      { to: '/', word: 'Home', icon: 'home', key: 'h' },
      { to: '/inbox', word: 'Inbox', icon: 'inbox', key: 'i' },
    ],
  ],
  [
    'Data',
    [
      { to: '/catalog', word: 'Catalog', icon: 'catalog', key: 'c' },
      { to: '/lineage', word: 'Lineage', icon: 'lineage', key: 'l' },
    ],
  ],
  [
    'Training',
    [
      { to: '/runs', word: 'Runs', icon: 'runs', key: 'r' },
      { to: '/experiments', word: 'Experiments', icon: 'experiments', key: 'e' },
      { to: '/models', word: 'Models', icon: 'models', key: 'm' },
    ],
  ],
  [
    'Serving',
    [
      { to: '/deployments', word: 'Deployments', icon: 'deployments', key: 'd' },
      { to: '/decisions', word: 'Decisions', icon: 'decisions', key: 's' },
      { to: '/batch-jobs', word: 'Batch jobs', icon: 'file', key: 'b' },
    ],
  ],
]
export const places: readonly Place[] = placeGroups.flatMap(([, list]) => list)

export function PlaceLink({ place, children }: { place: Place; children?: ReactNode }) {
  return (
    <Link
      to={place.to}
      className="nav-link"
      activeOptions={{ exact: place.to === '/', includeSearch: false }}
    >
      <Icon name={place.icon} />
      {children ?? place.word}
    </Link>
  )
}

export function Brand() {
  return (
    <Link to="/" className="brand" aria-label="Fettle, home" activeProps={{}}>
      <svg className="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
        <rect width="32" height="32" rx="7" fill="#0f4c5c" />
        <path
          d="M9 25V11.500C9 8.500 11 7 13.600 7H23M9 16h9.500"
          fill="none"
          stroke="#fff"
          strokeWidth="3"
          strokeLinecap="round"
        />
        <circle cx="23" cy="16" r="2.200" fill="#f2b35e" />
      </svg>
      Fettle
    </Link>
  )
}

export function NavigationContent({ live, onSearch }: { live: LiveState; onSearch: () => void }) {
  return (
    <>
      <Brand />
      <button type="button" className="search-button" onClick={onSearch}>
        <Icon name="search" size={14} /> Go to… <kbd>/</kbd>
      </button>
      {placeGroups.map(([title, list]) => (
        <div className="nav-group" key={title ?? 'start'}>
          {title ? <h2>{title}</h2> : null}
          {list.map(place => (
            <PlaceLink key={place.to} place={place} />
          ))}
        </div>
      ))}
      <div className="nav-foot">
        <Clock />
        <Live state={live} />
        <Preferences />
      </div>
    </>
  )
}

/** The project's own clock, which may run elsewhere than the wall's. */
function Clock() {
  const home = useQuery(queries.home())
  if (!home.data) return null
  return (
    <div className="clock">
      <div className="tiny muted">{home.data.project ?? 'Project'} clock</div>
      <Time at={home.data.clock} full />
    </div>
  )
}

const liveWords = {
  connecting: 'Connecting',
  live: 'Live',
  polling: 'Connection lost, asking every 10 s',
} as const

function Live({ state }: { state: LiveState }) {
  return (
    <div
      className={`live-state tone-${state === 'live' ? 'good' : state === 'polling' ? 'warn' : 'idle'}`}
      role="status"
    >
      <Icon name={state === 'live' ? 'check' : state === 'polling' ? 'warn' : 'circle'} size={12} />
      <span className="muted">{liveWords[state]}</span>
    </div>
  )
}
