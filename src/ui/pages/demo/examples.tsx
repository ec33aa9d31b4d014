import { useState } from 'react'
import type { DemoView } from '../../../api/demo.ts'
import { startTexts, type Texts, textOf } from './texts-of.ts'

interface ExamplesProps {
  readonly demo: DemoView
  readonly texts: Texts
  readonly onPick: (texts: Texts) => void
}

/** Rows to start from: a real one, and those one has saved by name, which stay in this browser. */
export function Examples({ demo, texts, onPick }: ExamplesProps) {
  const key = `fettle.demo.${demo.deployment}`
  const [saved, setSaved] = useState(() => readSaved(key))
  const [name, setName] = useState('')
  const [chosen, setChosen] = useState('')
  const keep = (next: Readonly<Record<string, Texts>>) => {
    setSaved(next)
    localStorage.setItem(key, JSON.stringify(next))
  }
  const pick = (picked: string) => {
    setChosen(picked)
    onPick(picked === '' ? startTexts(demo) : (saved[picked] ?? texts))
  }
  const save = () => {
    keep({ ...saved, [name.trim()]: texts })
    setChosen(name.trim())
    setName('')
  }
  return (
    <div className="demo-examples">
      <label className="select-field">
        Start from
        <select className="input" value={chosen} onChange={event => pick(event.target.value)}>
          <option value="">a real row</option>
          {Object.keys(saved).map(each => (
            <option key={each}>{each}</option>
          ))}
        </select>
      </label>
      {chosen === '' ? null : (
        <button
          type="button"
          className="button"
          onClick={() => {
            keep(Object.fromEntries(Object.entries(saved).filter(([each]) => each !== chosen)))
            setChosen('')
          }}
        >
          Forget “{chosen}”
        </button>
      )}
      <span className="demo-save">
        <input
          className="input"
          aria-label="Name for what is in the form"
          placeholder="Name for this example"
          maxLength={60}
          value={name}
          onChange={event => setName(event.target.value)}
          onKeyDown={event => {
            if (event.key !== 'Enter' || name.trim() === '') return
            event.preventDefault()
            save()
          }}
        />
        <button type="button" className="button" disabled={name.trim() === ''} onClick={save}>
          Save
        </button>
      </span>
    </div>
  )
}

function readSaved(key: string): Readonly<Record<string, Texts>> {
  try {
    const value = JSON.parse(localStorage.getItem(key) ?? '{}') as Record<string, Record<string, unknown>>
    return Object.fromEntries(
      Object.entries(value).map(([name, texts]) => [
        name,
        Object.fromEntries(Object.entries(texts).map(([field, text]) => [field, textOf(text)])),
      ]),
    )
  } catch {
    return {}
  }
}
