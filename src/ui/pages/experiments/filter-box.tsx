import { useQuery } from '@tanstack/react-query'
import type { FormEvent, KeyboardEvent } from 'react'
import { useEffect, useRef, useState } from 'react'
import { ApiError } from '../../api.ts'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { completed, filterFields, type Unfinished, unfinishedAt } from './completion.ts'
import { quote } from './run-column.ts'

interface FilterBoxProps {
  readonly experiment: string
  readonly filter: string | undefined
  readonly error: unknown
  readonly onFilter: (filter: string | undefined) => void
}

/** The search grammar in one line: completes keys, is applied by Enter, and shows a fault at its clause. */
export function FilterBox({ experiment, filter = '', error, onFilter }: FilterBoxProps) {
  const [text, setText] = useState(filter)
  useEffect(() => setText(filter), [filter])
  const submit = (event: FormEvent) => {
    event.preventDefault()
    onFilter(text.trim() || undefined)
  }
  const fault = faultOf(error)
  return (
    <search>
      <form className="filter-form" onSubmit={submit}>
        <CompletedInput
          experiment={experiment}
          text={text}
          onText={setText}
          faulty={fault !== undefined && text.trim() === filter}
        />
        <button type="submit" className="button">
          Filter
        </button>
        {filter ? (
          <button type="button" className="button" onClick={() => onFilter(undefined)}>
            Clear
          </button>
        ) : null}
      </form>
      {fault ? <Fault filter={filter} fault={fault} /> : null}
    </search>
  )
}

interface FilterFault {
  readonly clause: string
  readonly reason: string
  readonly hint: string
}

function faultOf(error: unknown): FilterFault | undefined {
  if (!(error instanceof ApiError) || error.code !== 'FILTER_INVALID') return undefined
  const { clause, reason } = error.details
  return {
    clause: typeof clause === 'string' ? clause.replace(/…$/, '') : '',
    reason: typeof reason === 'string' ? reason : error.message,
    hint: error.hint,
  }
}

function Fault({ filter, fault: { clause, reason, hint } }: { filter: string; fault: FilterFault }) {
  const at = clause ? filter.indexOf(clause) : -1
  return (
    <div className="filter-fault" role="alert" id="filter-fault">
      {at >= 0 ? (
        <code>
          {filter.slice(0, at)}
          <mark>{clause}</mark>
          {filter.slice(at + clause.length)}
        </code>
      ) : null}
      {reason} <span className="soft">{hint}</span>
    </div>
  )
}

interface InputProps {
  readonly experiment: string
  readonly text: string
  readonly onText: (text: string) => void
  readonly faulty: boolean
}

function CompletedInput({ experiment, text, onText, faulty }: InputProps) {
  const input = useRef<HTMLInputElement>(null)
  const [unfinished, setUnfinished] = useState<Unfinished>()
  const [chosen, setChosen] = useState(-1)
  const choices = useChoices(experiment, unfinished)
  const look = () => {
    setUnfinished(unfinishedAt(input.current?.value ?? '', input.current?.selectionStart ?? 0))
    setChosen(-1)
  }
  const take = (choice: string | undefined) => {
    const element = input.current
    if (!element || !unfinished || choice === undefined) return
    const next = completed(text, unfinished, { caret: element.selectionStart ?? text.length, choice })
    onText(next.filter)
    setUnfinished(undefined)
    requestAnimationFrame(() => {
      element.focus()
      element.setSelectionRange(next.caret, next.caret)
      if (choice.endsWith('.')) look()
    })
  }
  const onKeyDown = (event: KeyboardEvent) => {
    if (choices.length === 0) return
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) setChosen(Math.min(Math.max(chosen + step, -1), choices.length - 1))
    else if (event.key === 'Enter' && chosen >= 0) take(choices[chosen])
    else if (event.key === 'Escape') setUnfinished(undefined)
    else return
    event.preventDefault()
    event.stopPropagation()
  }
  return (
    <div className="field-wrap">
      <input
        ref={input}
        className="input"
        style={{ width: '100%' }}
        role="combobox"
        aria-label="Filter runs"
        aria-expanded={choices.length > 0}
        aria-controls="filter-choices"
        aria-activedescendant={chosen >= 0 ? `filter-choice-${chosen}` : undefined}
        aria-invalid={faulty}
        aria-describedby={faulty ? 'filter-fault' : undefined}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        placeholder="metrics.auc > 0.7 and tags.team = 'ops'"
        value={text}
        onChange={event => {
          onText(event.target.value)
          look()
        }}
        onKeyDown={onKeyDown}
        onBlur={() => setTimeout(() => setUnfinished(undefined), 150)}
      />
      {choices.length > 0 ? (
        <div id="filter-choices" className="completions" role="listbox" aria-label="Completions">
          {choices.map((choice, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the combobox
            <div
              key={choice}
              id={`filter-choice-${index}`}
              role="option"
              tabIndex={-1}
              aria-selected={index === chosen}
              onClick={() => take(choice)}
            >
              {choice}
            </div>
          ))}
        </div>
      ) : null}
    </div>
  )
}

const mostChoices = 12

function useChoices(experiment: string, unfinished: Unfinished | undefined): readonly string[] {
  const kind = unfinished === undefined || unfinished.kind === 'field' ? undefined : unfinished.kind
  const keys = useQuery({
    ...trackingQueries.keys({
      experiments: experiment,
      kind: kind ?? 'metrics',
      contains: unfinished?.text ?? '',
      limit: mostChoices,
    }),
    enabled: kind !== undefined,
  })
  if (unfinished === undefined) return []
  if (kind === undefined)
    return filterFields.filter(field => field.startsWith(unfinished.text.toLowerCase())).slice(0, mostChoices)
  return (keys.data?.keys ?? []).map(key => `${kind}.${quote(key)}`)
}
