import { getRouteApi } from '@tanstack/react-router'
import { Page } from '../../components/page.tsx'
import { LineagePanel } from './lineage-panel.tsx'

const route = getRouteApi('/lineage')

export function LineagePage() {
  const { focus } = route.useSearch()
  return (
    <Page
      title="Lineage"
      lede={
        focus
          ? `What ${focus} comes from and what it feeds.`
          : 'What comes from what: from the sources to what is served.'
      }
    >
      <LineagePanel focus={focus} />
    </Page>
  )
}
