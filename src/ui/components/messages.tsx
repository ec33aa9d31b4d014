import type { ReactNode } from 'react'
import { ApiError } from '../api.ts'
import type { EmptyText } from '../texts.ts'
import { Command } from './command.tsx'
import { Icon } from './icons.tsx'

/** What failed, what to do, and a way to try again. Stays inside its panel. */
export function ErrorNotice({ error, onRetry }: { error: unknown; onRetry?: (() => void) | undefined }) {
  const api = error instanceof ApiError ? error : undefined
  return (
    <div className="notice bad" role="alert">
      <Icon name="cross" />
      <div className="body">
        <p>
          {error instanceof Error ? error.message : 'This could not be shown.'}{' '}
          <code className="muted">{api?.code ?? 'UI_FAULT'}</code>
        </p>
        {api?.hint ? <p className="soft">{api.hint}</p> : null}
        {api?.requestId ? <p className="tiny muted">Request {api.requestId}</p> : null}
        {onRetry ? (
          <p>
            <button type="button" className="button" onClick={onRetry}>
              Try again
            </button>
          </p>
        ) : null}
      </div>
    </div>
  )
}

export function Notice({ tone, children }: { tone: 'warn' | 'bad' | 'info'; children: ReactNode }) {
  return (
    <div className={`notice ${tone}`}>
      <Icon name={tone === 'info' ? 'info' : 'warn'} />
      <div className="body">{children}</div>
    </div>
  )
}

export function Empty({ text, children }: { text: EmptyText; children?: ReactNode }) {
  return (
    <div className="empty">
      <strong>{text.title}</strong>
      <p>{text.why}</p>
      {text.command ? <Command line={text.command} /> : null}
      {children}
    </div>
  )
}

/** Holds the place of rows that are on their way, at their height. */
export function Skeleton({ rows = 5 }: { rows?: number }) {
  return (
    <div className="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: placeholders have no identity
        <i key={row} />
      ))}
    </div>
  )
}
