import { useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import type { FormEvent } from 'react'
import { useEffect, useState } from 'react'
import { queries } from '../../data/queries.ts'
import { arms, kinds, kindWords, servers } from './words.ts'

const route = getRouteApi('/decisions')

const typed = ['fields', 'release', 'action', 'minScore', 'maxScore', 'since', 'until'] as const
type Typed = (typeof typed)[number]
type Chosen = 'deployment' | 'kind' | 'arm' | 'servedBy'

/** Filters of the search: choices hold at once, what is typed with Enter or the button. All of it is in the address. */
export function SearchFields() {
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const deployments = useQuery(queries.deployments())
  const [texts, setTexts] = useState(() => textsOf(search))
  useEffect(() => setTexts(textsOf(search)), [search])
  const choose = (param: Chosen, value: string) =>
    void navigate({ search: previous => ({ ...previous, [param]: value || undefined }), replace: true })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    const said = Object.fromEntries(typed.map(name => [name, texts[name].trim() || undefined]))
    void navigate({ search: previous => ({ ...previous, ...said }) })
  }
  const field = (name: Typed) => ({
    value: texts[name],
    onChange: (value: string) => setTexts({ ...texts, [name]: value }),
  })
  const names = deployments.data?.items.map(item => item.name) ?? []
  return (
    <search>
      <form className="decision-filters" onSubmit={submit}>
        <Choice
          label="Deployment"
          value={search.deployment}
          values={names}
          onChange={value => choose('deployment', value)}
        />
        <Choice
          label="Made for"
          value={search.kind}
          values={kinds}
          word={kind => kindWords[kind] ?? kind}
          all="online and demo"
          onChange={value => choose('kind', value)}
        />
        <Choice label="Arm" value={search.arm} values={arms} onChange={value => choose('arm', value)} />
        <Choice
          label="Served by"
          value={search.servedBy}
          values={servers}
          onChange={value => choose('servedBy', value)}
        />
        <Text label="Sent" {...field('fields')} placeholder="origin=ORD&destination=LGA" wide />
        <Text label="Release" {...field('release')} placeholder="any" />
        <Text label="Action" {...field('action')} placeholder="any" />
        <Text label="Score from" {...field('minScore')} placeholder="0" />
        <Text label="to" {...field('maxScore')} placeholder="1" />
        <Text label="Decided since" {...field('since')} placeholder="2001-05-01T00:00:00Z" wide />
        <Text label="before" {...field('until')} placeholder="now" wide />
        <div className="decision-filter-buttons">
          <button type="submit" className="button primary">
            Search
          </button>
          <button type="button" className="button" onClick={() => void navigate({ search: {} })}>
            Clear
          </button>
        </div>
      </form>
    </search>
  )
}

function textsOf(search: Readonly<Partial<Record<Typed, string | undefined>>>): Record<Typed, string> {
  return Object.fromEntries(typed.map(name => [name, search[name] ?? ''])) as Record<Typed, string>
}

function Choice(props: {
  label: string
  value: string | undefined
  values: readonly string[]
  word?: (value: string) => string
  all?: string
  onChange: (value: string) => void
}) {
  const { label, value = '', values, word = each => each, all = 'any', onChange } = props
  return (
    <label className="field">
      {label}
      <select className="input" value={value} onChange={event => onChange(event.target.value)}>
        <option value="">{all}</option>
        {[...new Set([...values, ...(value === '' ? [] : [value])])].map(each => (
          <option key={each} value={each}>
            {word(each)}
          </option>
        ))}
      </select>
    </label>
  )
}

function Text(props: {
  label: string
  value: string
  placeholder: string
  wide?: boolean
  onChange: (value: string) => void
}) {
  const { label, value, placeholder, wide = false, onChange } = props
  return (
    <label className={wide ? 'field wide' : 'field'}>
      {label}
      <input
        className="input"
        value={value}
        placeholder={placeholder}
        autoComplete="off"
        autoCapitalize="off"
        spellCheck={false}
        onChange={event => onChange(event.target.value)}
      />
    </label>
  )
}
