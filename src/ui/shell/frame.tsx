import { Outlet, useLocation } from '@tanstack/react-router'
import { Suspense } from 'react'
import { Skeleton } from '../components/messages.tsx'
import { Shell } from './shell.tsx'

/** Pages behind a link stand alone: whoever comes by one may open nothing else. */
export function Frame() {
  const { pathname } = useLocation()
  if (!pathname.startsWith('/shared/')) return <Shell />
  return (
    <main id="main" className="bare" tabIndex={-1}>
      <Suspense fallback={<Skeleton rows={8} />}>
        <Outlet />
      </Suspense>
    </main>
  )
}
