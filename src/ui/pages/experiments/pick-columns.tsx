import { useState } from 'react'
import { ColumnPicker } from './column-picker.tsx'
import type { RunColumn } from './run-column.ts'

/** The button that opens the choice of columns. */
export function PickColumns(props: {
  experiment: string
  columns: readonly RunColumn[]
  onColumns: (columns: readonly RunColumn[]) => void
}) {
  const [open, setOpen] = useState(false)
  return (
    <>
      <button type="button" className="button" onClick={() => setOpen(true)}>
        Columns <span className="muted">{props.columns.length}</span>
      </button>
      {open ? <ColumnPicker {...props} onClose={() => setOpen(false)} /> : null}
    </>
  )
}
