import { useId } from 'react'
import type { DemoFieldView } from '../../../api/demo.ts'
import { formatNumber } from '../../format.ts'

interface FieldProps {
  readonly field: DemoFieldView
  readonly text: string
  readonly problem: string | undefined
  readonly onChange: (text: string) => void
}

const fewChoices = 12

/** A control that fits what the field takes: a choice, a number with its usual range, or a text. */
export function DemoField({ field, text, problem, onChange }: FieldProps) {
  const id = useId()
  const note = problem ?? noteOf(field)
  const shared = {
    id,
    value: text,
    'aria-invalid': problem === undefined ? undefined : true,
    'aria-describedby': note === undefined ? undefined : `${id}-note`,
  } as const
  return (
    <div className="field">
      <label htmlFor={id}>
        {words(field.name)} <span className="muted tiny">{typeWord(field)}</span>
      </label>
      {isChoice(field) ? (
        <select {...shared} className="input" onChange={event => onChange(event.target.value)}>
          {choicesOf(field, text).map(choice => (
            <option key={choice} value={choice}>
              {choice === '' ? 'none' : choice}
            </option>
          ))}
        </select>
      ) : (
        <input
          {...shared}
          className={isNumber(field) ? 'input num' : 'input'}
          inputMode={isNumber(field) ? 'decimal' : 'text'}
          list={field.choices === null ? undefined : `${id}-choices`}
          autoComplete="off"
          spellCheck={false}
          onChange={event => onChange(event.target.value)}
        />
      )}
      {field.choices === null || isChoice(field) ? null : (
        <datalist id={`${id}-choices`}>
          {field.choices.map(choice => (
            <option key={choice} value={choice} />
          ))}
        </datalist>
      )}
      {note === undefined ? null : (
        <span id={`${id}-note`} className={problem === undefined ? 'tiny muted' : 'tiny tone-bad'}>
          {note}
        </span>
      )}
    </div>
  )
}

/** `departed_local` reads `departed local`. */
export const words = (name: string) => name.replaceAll('_', ' ')

export const isNumber = ({ type }: Pick<DemoFieldView, 'type'>) => /int|float|decimal/.test(type)

function isChoice({ type, choices, masked }: DemoFieldView): boolean {
  return type === 'bool' || (!masked && choices !== null && choices.length <= fewChoices)
}

function choicesOf({ type, choices, nullable }: DemoFieldView, text: string): readonly string[] {
  const known = type === 'bool' ? ['true', 'false'] : (choices ?? [])
  return [...new Set([...(nullable ? [''] : []), ...(text === '' ? [] : [text]), ...known])]
}

function typeWord({ type, masked }: DemoFieldView): string {
  if (masked) return 'hidden'
  if (type === 'timestamp') return 'time with zone'
  return type.startsWith('int') ? 'whole number' : isNumber({ type }) ? 'number' : ''
}

function noteOf({ description, range, masked }: DemoFieldView): string | undefined {
  const usual =
    range === null ? undefined : `usually ${formatNumber(range.from)} to ${formatNumber(range.to)}`
  const hidden = masked ? '••• stands for the example’s' : undefined
  const parts = [description ?? undefined, usual, hidden].filter(part => part !== undefined)
  return parts.length === 0 ? undefined : parts.join('; ')
}
