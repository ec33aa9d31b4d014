import { useId, useState } from 'react'
import { Icon } from './icons.tsx'

/** A command line that does what the page does, with a button that copies it. */
export function Command({ line }: { line: string }) {
  const id = useId()
  const [copied, setCopied] = useState(false)
  const copy = () => {
    void navigator.clipboard?.writeText(line).then(() => {
      setCopied(true)
      setTimeout(() => setCopied(false), 1500)
    })
  }
  return (
    <span className="command">
      <code id={id}>{line}</code>
      <button
        type="button"
        className="icon-button"
        onClick={copy}
        aria-label="Copy command"
        aria-describedby={id}
      >
        <Icon name={copied ? 'check' : 'copy'} size={14} />
      </button>
      <span className="sr-only" role="status">
        {copied ? 'Copied' : ''}
      </span>
    </span>
  )
}
