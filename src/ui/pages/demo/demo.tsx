import { useQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { useMemo } from 'react'
import type { DemoView } from '../../../api/demo.ts'
import { Notice } from '../../components/messages.tsx'
import { Loaded, Page } from '../../components/page.tsx'
import { Time } from '../../components/time.tsx'
import { DemoDesk } from './demo-desk.tsx'
import { type DemoDoor, DoorContext, demoQueries, linkedDoor, openDoor } from './door.ts'

const ownRoute = getRouteApi('/demo/$deployment')
const sharedRoute = getRouteApi('/shared/demo/$token')

export function DemoPage() {
  const { deployment } = ownRoute.useParams()
  const { row } = ownRoute.useSearch()
  const navigate = ownRoute.useNavigate()
  const door = useMemo(() => openDoor(deployment), [deployment])
  return (
    <Demo
      door={door}
      row={row}
      onRow={next => void navigate({ search: { row: next }, replace: true, resetScroll: false })}
      crumbs={
        <>
          <Link to="/deployments">Deployments</Link> /{' '}
          <Link to="/deployments/$name" params={{ name: deployment }}>
            {deployment}
          </Link>
        </>
      }
    />
  )
}

/** The same page for those who have a link and nothing else. */
export function SharedDemoPage() {
  const { token } = sharedRoute.useParams()
  const { row } = sharedRoute.useSearch()
  const navigate = sharedRoute.useNavigate()
  const door = useMemo(() => linkedDoor(token), [token])
  return (
    <Demo
      door={door}
      row={row}
      onRow={next => void navigate({ search: { row: next }, replace: true, resetScroll: false })}
    />
  )
}

interface DemoProps {
  readonly door: DemoDoor
  readonly row: string | undefined
  readonly onRow: (row: string) => void
  readonly crumbs?: React.ReactNode
}

function Demo({ door, row, onRow, crumbs }: DemoProps) {
  const demo = useQuery(demoQueries.page(door))
  return (
    <DoorContext value={door}>
      <Page
        title={demo.data ? `Try ${demo.data.deployment}` : 'Try a model'}
        crumbs={crumbs}
        lede={demo.data ? <Lede demo={demo.data} /> : null}
      >
        <Loaded query={demo} rows={10}>
          {data => (
            <>
              {data.closed === null ? null : (
                <Notice tone="warn">
                  It answers nobody now: {data.closed}. What was tried before stays in its decisions.
                </Notice>
              )}
              <DemoDesk demo={data} row={row} onRow={onRow} />
            </>
          )}
        </Loaded>
      </Page>
    </DoorContext>
  )
}

function Lede({ demo }: { demo: DemoView }) {
  const { story, model, modelVersion, release, link } = demo
  return (
    <>
      {story === null ? null : <p>{story}</p>}
      <p className="small">
        {release === null ? 'No release is deployed.' : `Release ${release}, with ${model} v${modelVersion}.`}{' '}
        What you try is kept as a demo and counts in no measure of the model.
        {link === null ? null : (
          <>
            {' '}
            {link.by} shared this page; it opens until <Time at={link.until} full />.
          </>
        )}
      </p>
    </>
  )
}
