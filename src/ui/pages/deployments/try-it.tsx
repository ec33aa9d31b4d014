import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { FormEvent } from 'react'
import { useId, useState } from 'react'
import type { Deployment } from '../../../api/deployments.ts'
import { request } from '../../api.ts'
import { Command } from '../../components/command.tsx'
import { ErrorNotice } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'
import type { Parsed, RequestField } from './field-values.ts'
import { exampleText, parseField, predictCommand } from './field-values.ts'
import { TryResult } from './try-result.tsx'

type Json = string | number | boolean | null | Json[] | { [key: string]: Json }

/** A form made from the request signature. What it sends is a real prediction: scored, logged and explained. */
export function TryIt({ deployment }: { deployment: Deployment }) {
  const [texts, setTexts] = useState(() =>
    Object.fromEntries(deployment.request.map(field => [field.name, exampleText(field)])),
  )
  const [checked, setChecked] = useState(false)
  const client = useQueryClient()
  const parsed = deployment.request.map(field => [field, parseField(field, texts[field.name] ?? '')] as const)
  const predict = useMutation({
    mutationFn: (row: Record<string, Json>) =>
      request('predict', { params: { name: deployment.name }, body: { rows: [row] } }),
    onSuccess: () => {
      void client.invalidateQueries({ queryKey: ['decisions', deployment.name] })
      void client.invalidateQueries({ queryKey: ['deployment', deployment.name] })
    },
  })
  const row = Object.fromEntries(
    parsed.map(([field, result]) => [field.name, result.ok ? result.value : null]),
  ) as Record<string, Json>
  const submit = (event: FormEvent) => {
    event.preventDefault()
    setChecked(true)
    if (parsed.every(([, result]) => result.ok)) predict.mutate(row)
  }
  const answers = deployment.release !== null
  return (
    <Panel title="Try it" aside="sends a real prediction, which is logged">
      <form onSubmit={submit} noValidate aria-label="Try it">
        <div className="try-grid">
          {parsed.map(([field, result]) => (
            <FieldInput
              key={field.name}
              field={field}
              text={texts[field.name] ?? ''}
              result={checked ? result : undefined}
              onChange={text => setTexts({ ...texts, [field.name]: text })}
            />
          ))}
        </div>
        <div className="try-actions">
          <button type="submit" className="button primary" disabled={predict.isPending || !answers}>
            {predict.isPending ? 'Predicting…' : 'Predict'}
          </button>
          {answers ? (
            <Command line={predictCommand(deployment.name, row)} />
          ) : (
            <span className="small muted">Deploy a release first.</span>
          )}
        </div>
      </form>
      <div aria-live="polite">
        {predict.error ? (
          <div className="result">
            <ErrorNotice error={predict.error} />
          </div>
        ) : null}
        {predict.data && !predict.error ? <TryResult answer={predict.data} /> : null}
      </div>
    </Panel>
  )
}

interface FieldInputProps {
  readonly field: RequestField
  readonly text: string
  readonly result: Parsed | undefined
  readonly onChange: (text: string) => void
}

function FieldInput({ field, text, result, onChange }: FieldInputProps) {
  const id = useId()
  const problem = result && !result.ok ? result.problem : undefined
  const numeric = /int|float|decimal/.test(field.type)
  return (
    <div className="field">
      <label htmlFor={id}>
        {field.name} <span className="muted tiny">{field.role === 'key' ? 'entity key' : field.type}</span>
      </label>
      <input
        id={id}
        className={numeric ? 'input num' : 'input'}
        value={text}
        inputMode={numeric ? 'decimal' : 'text'}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={problem ? true : undefined}
        aria-describedby={problem || field.description ? `${id}-note` : undefined}
        onChange={event => onChange(event.target.value)}
      />
      {problem || field.description ? (
        <span id={`${id}-note`} className={problem ? 'tiny tone-bad' : 'tiny muted'}>
          {problem ?? field.description}
        </span>
      ) : null}
    </div>
  )
}
