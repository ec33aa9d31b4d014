import type { ReactNode } from 'react'
import { useEffect, useRef } from 'react'

/** A modal on the platform's own dialog: focus is held inside, Escape closes, focus goes back where it was. */
export function Dialog(props: {
  label: string
  className: string
  onClose: () => void
  children: ReactNode
}) {
  const dialog = useRef<HTMLDialogElement>(null)
  useEffect(() => {
    const shown = dialog.current
    const before = document.activeElement
    if (shown && !shown.open) shown.showModal()
    return () => {
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <dialog ref={dialog} className={props.className} aria-label={props.label} onClose={props.onClose}>
      {props.children}
    </dialog>
  )
}
