import { useState } from 'react'

const most = 160

/** The beginning of a long text, and the rest when asked for. */
export function LongText({ text }: { text: string }) {
  const [all, setAll] = useState(false)
  if (text.length <= most) return text
  return (
    <>
      {all ? text : `${text.slice(0, most)}…`}{' '}
      <button type="button" className="button" onClick={() => setAll(!all)}>
        {all ? 'Less' : 'More'}
      </button>
    </>
  )
}
