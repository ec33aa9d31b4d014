import { Link } from '@tanstack/react-router'

const exactly = { exact: true, includeSearch: true, explicitUndefined: false } as const

/** Tabs are links: the chosen one is in the URL. */
export function Tabs<Tab extends string>(props: {
  label: string
  tabs: readonly (readonly [tab: Tab, word: string])[]
}) {
  const { label, tabs } = props
  return (
    <nav className="tabs" aria-label={label}>
      {tabs.map(([tab, word], index) => (
        <Link
          key={tab}
          to="."
          search={((previous: object) => ({ ...previous, tab: index === 0 ? undefined : tab })) as never}
          activeOptions={exactly}
        >
          {word}
        </Link>
      ))}
    </nav>
  )
}

/** A small choice of views or filters, each a link. `param` is the search parameter; the first choice is the default. */
export function Segments(props: {
  label: string
  param: string
  choices: readonly (readonly [value: string, word: string])[]
}) {
  const { label, param, choices } = props
  return (
    <nav className="segments" aria-label={label}>
      {choices.map(([value, word], index) => (
        <Link
          key={value}
          to="."
          search={
            ((previous: object) => ({ ...previous, [param]: index === 0 ? undefined : value })) as never
          }
          activeOptions={exactly}
          replace
        >
          {word}
        </Link>
      ))}
    </nav>
  )
}
