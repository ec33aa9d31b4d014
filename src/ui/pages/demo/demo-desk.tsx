import { useMutation } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { useRef, useState } from 'react'
import type { DemoView } from '../../../api/demo.ts'
import { ErrorNotice } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'
import { parseField } from '../deployments/field-values.ts'
import { DemoAnswer } from './demo-answer.tsx'
import { DemoCsv } from './demo-csv.tsx'
import { DemoField } from './demo-field.tsx'
import { type Row, useDoor } from './door.ts'
import { Examples } from './examples.tsx'
import { ShareDemo } from './share-demo.tsx'
import { maskText, startTexts, type Texts } from './texts-of.ts'
import { WhatIf } from './what-if.tsx'

interface DeskProps {
  readonly demo: DemoView
  /** The form as the address has it. */
  readonly row: string | undefined
  readonly onRow: (row: string) => void
}

/** The form, its answer, and what one can do with them. */
export function DemoDesk({ demo, row, onRow }: DeskProps) {
  const door = useDoor()
  const [texts, setTexts] = useState<Texts>(() => startTexts(demo, row))
  const [checked, setChecked] = useState(false)
  const answer = useRef<HTMLDivElement>(null)
  const parsed = demo.fields.map(field => {
    const text = texts[field.name] ?? ''
    return { field, text, result: text === maskText ? masked : parseField(field, text) }
  })
  const attempt = useMutation({
    mutationFn: async (sent: Row) => ({ sent, ...(await door.tryRows([sent])) }),
    // On a phone the answer is below the form.
    onSuccess: () => answer.current?.scrollIntoView({ block: 'nearest' }),
  })
  const sendable = Object.fromEntries(
    parsed.map(({ field, result }) => [field.name, result.ok ? result.value : null]),
  ) as Row
  const ask = (event?: FormEvent) => {
    event?.preventDefault()
    setChecked(true)
    if (!parsed.every(({ result }) => result.ok)) return
    onRow(JSON.stringify(texts))
    attempt.mutate(sendable)
  }
  const [prediction] = attempt.data?.predictions ?? []
  return (
    <>
      <div className="demo-desk">
        <Panel title="What you ask">
          <form onSubmit={ask} noValidate aria-label="What you ask">
            <Examples demo={demo} texts={texts} onPick={setTexts} />
            <div className="try-grid">
              {parsed.map(({ field, text, result }) => (
                <DemoField
                  key={field.name}
                  field={field}
                  text={text}
                  problem={checked && !result.ok ? result.problem : undefined}
                  onChange={next => setTexts({ ...texts, [field.name]: next })}
                />
              ))}
            </div>
            <div className="try-actions">
              <button
                type="submit"
                className="button primary"
                disabled={attempt.isPending || demo.closed !== null}
              >
                {attempt.isPending ? 'Asking…' : 'Ask'}
              </button>
              {demo.profiledRows === null ? null : (
                <span className="tiny muted">
                  Ranges and choices are those of {demo.profiledRows} rows it learnt from.
                </span>
              )}
            </div>
          </form>
        </Panel>
        <div ref={answer} aria-live="polite">
          <Panel title="What it says">
            {attempt.error ? (
              <ErrorNotice error={attempt.error} />
            ) : prediction && attempt.data ? (
              <DemoAnswer
                key={prediction.predictionId}
                demo={demo}
                prediction={prediction}
                row={attempt.data.sent}
              />
            ) : (
              <p className="panel-note">
                {demo.closed === null
                  ? 'Fill the form, or take an example, and ask.'
                  : 'There is no answer while it is closed.'}
              </p>
            )}
          </Panel>
        </div>
      </div>
      {prediction && attempt.data ? (
        <WhatIf
          demo={demo}
          row={attempt.data.sent}
          onTake={(name, value) => setTexts({ ...texts, [name]: String(value) })}
        />
      ) : null}
      <div className="columns demo-more">
        <DemoCsv demo={demo} />
        {door.shared ? null : <ShareDemo deployment={demo.deployment} />}
      </div>
    </>
  )
}

const masked = { ok: true, value: maskText } as const
