import { getRouteApi } from '@tanstack/react-router'

const route = getRouteApi('/deployments/$name/releases/$number')

/** A filter whose choice is in the URL. */
export function SearchSelect(props: {
  label: string
  param: 'contract' | 'slice' | 'verdict' | 'change' | 'metric'
  values: readonly string[]
  word?: (value: string) => string
  /** What none chosen means; without it there always is one. */
  all?: string
  chosen?: string | undefined
}) {
  const { label, param, values, word = value => value, all = 'all' } = props
  const search = route.useSearch()
  const navigate = route.useNavigate()
  const chosen = props.chosen ?? search[param] ?? ''
  return (
    <label className="select-field">
      {label}
      <select
        className="input"
        value={chosen}
        onChange={event =>
          void navigate({
            search: previous => ({ ...previous, [param]: event.target.value || undefined }),
            replace: true,
            resetScroll: false,
          })
        }
      >
        {props.chosen === undefined ? <option value="">{all}</option> : null}
        {values.map(value => (
          <option key={value} value={value}>
            {word(value)}
          </option>
        ))}
      </select>
    </label>
  )
}
