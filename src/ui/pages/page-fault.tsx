import type { ErrorComponentProps } from '@tanstack/react-router'
import { ErrorNotice } from '../components/messages.tsx'
import { Page } from '../components/page.tsx'

/** Last resort: a page that threw. The navigation around it stays. */
export function PageFault({ error, reset }: ErrorComponentProps) {
  return (
    <Page title="This page failed">
      <ErrorNotice error={error} onRetry={reset} />
    </Page>
  )
}
