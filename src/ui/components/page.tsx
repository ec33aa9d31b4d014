import type { UseQueryResult } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { useEffect, useId } from 'react'
import { ErrorNotice, Skeleton } from './messages.tsx'

interface PageProps {
  readonly title: string
  /** Name of the browser tab when it should say more than the heading. */
  readonly tab?: string
  readonly crumbs?: ReactNode
  readonly lede?: ReactNode
  readonly actions?: ReactNode
  readonly children: ReactNode
}

/** One page: its single h1, where it hangs, the sentence that answers first, then evidence. */
export function Page({ title, tab, crumbs, lede, actions, children }: PageProps) {
  useEffect(() => {
    document.title = `${tab ?? title} · Fettle`
  }, [tab, title])
  return (
    <>
      <header className="page-head">
        <div>
          {crumbs ? (
            <nav className="crumbs" aria-label="Breadcrumb">
              {crumbs}
            </nav>
          ) : null}
          <h1>{title}</h1>
          {lede ? <div className="lede">{lede}</div> : null}
        </div>
        {actions ? <div>{actions}</div> : null}
      </header>
      {children}
    </>
  )
}

interface PanelProps {
  readonly title: string
  readonly aside?: ReactNode
  readonly note?: ReactNode
  readonly children: ReactNode
}

export function Panel({ title, aside, note, children }: PanelProps) {
  const id = useId()
  return (
    <section className="panel" aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        {aside ? <div className="aside">{aside}</div> : null}
      </div>
      {note ? <p className="panel-note">{note}</p> : null}
      {children}
    </section>
  )
}

/** Shows a query: placeholder of the right height, its error with retry, or its data. Old data stay while new load. */
export function Loaded<Data>(props: {
  query: UseQueryResult<Data, Error>
  rows?: number
  children: (data: Data) => ReactNode
}) {
  const { query, rows = 6, children } = props
  if (query.data !== undefined) return <>{children(query.data)}</>
  if (query.error) return <ErrorNotice error={query.error} onRetry={() => void query.refetch()} />
  return <Skeleton rows={rows} />
}

/** A page whose heading does not depend on data but whose body does not exist without them. */
export function Facts({ items }: { items: readonly (readonly [label: string, value: ReactNode])[] }) {
  return (
    <dl className="facts">
      {items.map(([label, value]) => (
        <FactRow key={label} label={label} value={value} />
      ))}
    </dl>
  )
}

function FactRow({ label, value }: { label: string; value: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{value ?? <span className="muted">—</span>}</dd>
    </>
  )
}

export function Figures({ items }: { items: readonly (readonly [label: string, value: ReactNode])[] }) {
  return (
    <dl className="figures">
      {items.map(([label, value]) => (
        <div className="figure" key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
