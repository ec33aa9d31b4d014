import { Link } from '@tanstack/react-router'
import { Page } from '../components/page.tsx'

export function NotFoundPage() {
  return (
    <Page
      title="There is no such page"
      lede="The address may be mistyped, or from another version of Fettle."
    >
      <p>
        <Link to="/">Go home</Link>, or press <kbd>/</kbd> and type the name of what you look for.
      </p>
    </Page>
  )
}
