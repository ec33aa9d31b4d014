import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useEffect, useId, useState } from 'react'
import { Segments } from '../../components/tabs.tsx'
import type { Kind } from '../../data/catalog-queries.ts'
import { queries } from '../../data/queries.ts'
import { kindWords } from '../../texts.ts'

export const kinds: readonly Kind[] = [
  'entity',
  'source',
  'featureView',
  'onDemand',
  'trainingSet',
  'model',
  'deployment',
  'batch',
]
const route = getRouteApi('/catalog')

/** Words, kind, state, owner and tag; each is in the address. */
export function CatalogFilters() {
  const { q, owner, tag } = route.useSearch()
  const navigate = route.useNavigate()
  const known = useQuery(queries.definitions({ limit: 500 })).data?.items ?? []
  const set = (change: object) =>
    void navigate({ search: previous => ({ ...previous, ...change }), replace: true })
  return (
    <>
      <div className="filters">
        <SearchField value={q ?? ''} onChange={text => set({ q: text || undefined })} />
        <Choice
          label="Owner"
          value={owner}
          options={distinct(known.flatMap(item => item.owner ?? []))}
          onChange={chosen => set({ owner: chosen })}
        />
        <Choice
          label="Tag"
          value={tag}
          options={distinct(known.flatMap(item => item.tags))}
          onChange={chosen => set({ tag: chosen })}
        />
      </div>
      <div className="filters">
        <Segments
          label="Kind"
          param="kind"
          choices={[['', 'All kinds'], ...kinds.map(item => [item, kindWords[item]?.[1] ?? item] as const)]}
        />
        <Segments
          label="State"
          param="is"
          choices={[
            ['', 'Any state'],
            ['stale', 'Stale'],
            ['unused', 'Unused'],
            ['idle', 'Not live'],
            ['unsafe', 'Leak-safety assumed'],
          ]}
        />
      </div>
    </>
  )
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names)].toSorted()
}

interface ChoiceProps {
  readonly label: string
  readonly value: string | undefined
  readonly options: readonly string[]
  readonly onChange: (chosen: string | undefined) => void
}

/** What the address names stays choosable, also when nothing has it any more. */
function Choice({ label, value, options, onChange }: ChoiceProps) {
  const id = useId()
  const shown = value === undefined || options.includes(value) ? options : [value, ...options]
  if (shown.length === 0) return null
  return (
    <>
      <label className="sr-only" htmlFor={id}>
        {label}
      </label>
      <select
        id={id}
        className="input"
        value={value ?? ''}
        onChange={event => onChange(event.target.value || undefined)}
      >
        <option value="">Any {label.toLowerCase()}</option>
        {shown.map(option => (
          <option key={option}>{option}</option>
        ))}
      </select>
    </>
  )
}

const settleMs = 200

function SearchField({ value, onChange }: { value: string; onChange: (text: string) => void }) {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  // biome-ignore lint/correctness/useExhaustiveDependencies: only typing starts the timer
  useEffect(() => {
    if (text === value) return
    const timer = setTimeout(() => onChange(text), settleMs)
    return () => clearTimeout(timer)
  }, [text])
  return (
    <input
      className="input"
      type="search"
      aria-label="Search definitions"
      placeholder="Name, column, tag, description"
      value={text}
      onChange={event => setText(event.target.value)}
    />
  )
}
