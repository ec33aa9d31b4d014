import { useNavigate } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { places } from './navigation.tsx'

const chordMs = 1200

/** `g` then a letter goes to a page, `/` or Ctrl-K opens the palette, `?` the list of keys. Never inside fields. */
export function useShortcuts(actions: { search: () => void; help: () => void }): void {
  const navigate = useNavigate()
  const latest = useRef(actions)
  latest.current = actions
  useEffect(() => {
    let chordUntil = 0
    const onKey = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key === 'k') {
        event.preventDefault()
        return latest.current.search()
      }
      if (event.ctrlKey || event.metaKey || event.altKey || inField(event.target)) return
      const place = Date.now() < chordUntil ? places.find(({ key }) => key === event.key) : undefined
      chordUntil = event.key === 'g' ? Date.now() + chordMs : 0
      if (place) return void navigate({ to: place.to })
      if (event.key === '/') {
        event.preventDefault()
        latest.current.search()
      }
      if (event.key === '?') latest.current.help()
    }
    document.addEventListener('keydown', onKey)
    return () => document.removeEventListener('keydown', onKey)
  }, [navigate])
}

function inField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    target.closest('input, textarea, select, dialog, [contenteditable]') !== null
  )
}
