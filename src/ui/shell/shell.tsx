import { Link, Outlet, useLocation } from '@tanstack/react-router'
import { lazy, Suspense, useEffect, useRef, useState } from 'react'
import { Icon } from '../components/icons.tsx'
import { Skeleton } from '../components/messages.tsx'
import { useLive } from '../data/live.ts'
import { Brand, NavigationContent, places } from './navigation.tsx'
import { useShortcuts } from './shortcuts.ts'

const Palette = lazy(() => import('./palette.tsx').then(module => ({ default: module.Palette })))
const Help = lazy(() => import('./help.tsx').then(module => ({ default: module.Help })))

type Open = 'palette' | 'help' | null
const onPhone = ['/', '/catalog', '/runs', '/models', '/deployments']

/** The frame around every page: navigation, skip link, one main landmark, and the dialogs. */
export function Shell() {
  const live = useLive()
  const [open, setOpen] = useState<Open>(null)
  const drawer = useRef<HTMLDialogElement>(null)
  const { pathname } = useLocation()
  useShortcuts({ search: () => setOpen('palette'), help: () => setOpen('help') })
  // biome-ignore lint/correctness/useExhaustiveDependencies: arriving elsewhere closes what was open
  useEffect(() => {
    drawer.current?.close()
    setOpen(null)
  }, [pathname])
  const search = () => {
    drawer.current?.close()
    setOpen('palette')
  }
  return (
    <div className="shell">
      <a className="skip-link" href="#main">
        Skip to content
      </a>
      <TopBar onMenu={() => drawer.current?.showModal()} />
      <nav className="nav" aria-label="Main">
        <NavigationContent live={live} onSearch={search} />
      </nav>
      <dialog className="drawer" ref={drawer} aria-label="Menu">
        <nav className="nav" aria-label="All pages">
          <NavigationContent live={live} onSearch={search} />
        </nav>
      </dialog>
      <main id="main" tabIndex={-1}>
        <Suspense fallback={<Skeleton rows={8} />}>
          <Outlet />
        </Suspense>
      </main>
      <BottomBar />
      <Suspense>
        {open === 'palette' ? <Palette onClose={() => setOpen(null)} /> : null}
        {open === 'help' ? <Help onClose={() => setOpen(null)} /> : null}
      </Suspense>
    </div>
  )
}

function TopBar({ onMenu }: { onMenu: () => void }) {
  return (
    <header className="topbar">
      <Brand />
      <button type="button" className="icon-button large" aria-label="Menu" onClick={onMenu}>
        <Icon name="menu" size={20} />
      </button>
    </header>
  )
}

function BottomBar() {
  return (
    <nav className="bottombar" aria-label="Shortcuts">
      {places
        .filter(place => onPhone.includes(place.to))
        .map(place => (
          <Link
            key={place.to}
            to={place.to}
            activeOptions={{ exact: place.to === '/', includeSearch: false }}
          >
            <Icon name={place.icon} size={18} />
            {place.word === 'Deployments' ? 'Serving' : place.word}
          </Link>
        ))}
    </nav>
  )
}
