import { QueryClientProvider } from '@tanstack/react-query'
import { RouterProvider } from '@tanstack/react-router'
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import './styles/tokens.css'
import './styles/base.css'
import './styles/shell.css'
import './styles/components.css'
import './styles/pages.css'
import './styles/feature-store.css'
import './styles/tracking.css'
import './styles/measures.css'
import './styles/decisions.css'
import './styles/demo.css'
import { applyTheme } from './data/preferences.ts'
import { createQueryClient } from './data/query-client.ts'
import { openMlflowAddress } from './pages/experiments/mlflow-address.ts'
import { router } from './router.tsx'

/** After an upgrade an open page asks for files that are gone: it loads the new ones, once. */
window.addEventListener('vite:preloadError', event => {
  const reloadedFor = sessionStorage.getItem('fettle.reloadedFor')
  if (reloadedFor === location.href) return
  sessionStorage.setItem('fettle.reloadedFor', location.href)
  event.preventDefault()
  location.reload()
})

applyTheme()
await openMlflowAddress().catch(() => undefined)
const root = document.getElementById('root')
if (root) {
  createRoot(root).render(
    <StrictMode>
      <QueryClientProvider client={createQueryClient()}>
        <RouterProvider router={router} />
      </QueryClientProvider>
    </StrictMode>,
  )
}
