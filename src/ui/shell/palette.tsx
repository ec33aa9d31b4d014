import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import type { KeyboardEvent } from 'react'
import { useState } from 'react'
import { queries } from '../data/queries.ts'
import { kindWord } from '../texts.ts'
import { Dialog } from './dialog.tsx'
import { places } from './navigation.tsx'

interface Target {
  readonly href: string
  readonly word: string
  readonly kind: string
}

const mostShown = 40

/** Every page, definition, registered model and recent run by name. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState('')
  const [chosen, setChosen] = useState(0)
  const navigate = useNavigate()
  const found = useTargets()
    .filter(target => matches(target, text))
    .slice(0, mostShown)
  const go = (target: Target | undefined) => {
    if (!target) return
    onClose()
    void navigate({ href: target.href })
  }
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step) {
      event.preventDefault()
      setChosen(Math.min(Math.max(chosen + step, 0), found.length - 1))
    }
    if (event.key === 'Enter') go(found[chosen])
  }
  return (
    <Dialog label="Go to" className="palette" onClose={onClose}>
      <input
        role="combobox"
        aria-label="Go to page or object"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found[chosen] ? `palette-${chosen}` : undefined}
        placeholder="Page, definition, model, run"
        value={text}
        onKeyDown={onKey}
        onChange={event => {
          setText(event.target.value)
          setChosen(0)
        }}
      />
      <div id="palette-list" className="palette-list" role="listbox" aria-label="Results">
        {found.map((target, index) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are handled by the combobox
          <div
            key={target.href}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === chosen}
            tabIndex={-1}
            onClick={() => go(target)}
          >
            <span>{target.word}</span>
            <span className="muted small">{target.kind}</span>
          </div>
        ))}
        {found.length === 0 ? <p className="muted">Nothing has this name.</p> : null}
      </div>
    </Dialog>
  )
}

function matches(target: Target, text: string): boolean {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean)
  const whole = `${target.word} ${target.kind}`.toLowerCase()
  return words.every(word => whole.includes(word))
}

function useTargets(): readonly Target[] {
  const definitions = useQuery(queries.definitions({ limit: 500 })).data?.items ?? []
  const models = useQuery(queries.models()).data?.items ?? []
  const deployments = useQuery(queries.deployments()).data?.items ?? []
  const runs = useQuery(queries.runs({ limit: 20 })).data?.items ?? []
  return [
    ...places.map(place => ({ href: place.to, word: place.word, kind: 'page' })),
    ...deployments.map(({ name }) => ({ href: `/deployments/${name}`, word: name, kind: 'deployment' })),
    ...models.map(({ name }) => ({ href: `/models/${name}`, word: name, kind: 'registered model' })),
    ...definitions.map(({ kind, name }) => ({
      href: `/catalog/${kind}/${name}`,
      word: name,
      kind: `${kindWord(kind)} definition`,
    })),
    ...runs.map(run => ({
      href: `/runs/${run.id}`,
      word: `${run.pipeline} ${run.id}`,
      kind: `run, ${run.state}`,
    })),
  ]
}
