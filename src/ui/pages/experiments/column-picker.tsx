import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Icon } from '../../components/icons.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { Dialog } from '../../shell/dialog.tsx'
import type { KeyKind } from './completion.ts'
import {
  type Aggregate,
  type AttributeName,
  aggregateWords,
  attributeColumns,
  columnTitle,
  formatColumn,
  type RunColumn,
} from './run-column.ts'

interface PickerProps {
  readonly experiment: string
  readonly columns: readonly RunColumn[]
  readonly onColumns: (columns: readonly RunColumn[]) => void
  readonly onClose: () => void
}

/** Which columns are shown, in which order, and for a metric which of its points. Names are searched on the server. */
export function ColumnPicker({ experiment, columns, onColumns, onClose }: PickerProps) {
  return (
    <Dialog label="Columns" className="picker" onClose={onClose}>
      <h2>Columns</h2>
      <div className="halves">
        <Shown columns={columns} onColumns={onColumns} />
        <Offered experiment={experiment} columns={columns} onColumns={onColumns} />
      </div>
      <div className="foot">
        <button type="button" className="button primary" onClick={onClose}>
          Done
        </button>
      </div>
    </Dialog>
  )
}

type Choice = Pick<PickerProps, 'columns' | 'onColumns'>

function Shown({ columns, onColumns }: Choice) {
  const move = (index: number, by: number) => {
    const next = [...columns]
    const [column] = next.splice(index, 1)
    if (column) next.splice(index + by, 0, column)
    onColumns(next)
  }
  return (
    <section aria-label="Shown columns">
      <h3>Shown, from left to right</h3>
      <ul>
        {columns.map((column, index) => (
          <ShownColumn
            key={formatColumn(column)}
            column={column}
            onUp={index > 0 ? () => move(index, -1) : undefined}
            onDown={index < columns.length - 1 ? () => move(index, 1) : undefined}
            onChange={changed => onColumns(columns.map(each => (each === column ? changed : each)))}
            onRemove={() => onColumns(columns.filter(each => each !== column))}
          />
        ))}
      </ul>
    </section>
  )
}

interface ShownProps {
  readonly column: RunColumn
  readonly onUp: (() => void) | undefined
  readonly onDown: (() => void) | undefined
  readonly onChange: (column: RunColumn) => void
  readonly onRemove: () => void
}

function ShownColumn({ column, onUp, onDown, onChange, onRemove }: ShownProps) {
  const name = column.kind === 'attribute' ? columnTitle(column).name : column.key
  return (
    <li>
      <span className="name">
        {name} <span className="tiny muted">{column.kind === 'attribute' ? '' : column.kind}</span>
      </span>
      {column.kind === 'metrics' ? (
        <select
          className="input"
          aria-label={`Which point of ${name}`}
          value={column.of}
          onChange={event => onChange({ ...column, of: event.target.value as Aggregate })}
        >
          {Object.entries(aggregateWords).map(([of, word]) => (
            <option key={of} value={of}>
              {word}
            </option>
          ))}
        </select>
      ) : null}
      <IconButton label={`Move ${name} left`} icon="up" onPress={onUp} />
      <IconButton label={`Move ${name} right`} icon="down" onPress={onDown} />
      <IconButton label={`Remove ${name}`} icon="cross" onPress={onRemove} />
    </li>
  )
}

function IconButton(props: {
  label: string
  icon: 'up' | 'down' | 'cross'
  onPress: (() => void) | undefined
}) {
  return (
    <button
      type="button"
      className="icon-button"
      aria-label={props.label}
      disabled={!props.onPress}
      onClick={props.onPress}
    >
      <Icon name={props.icon} size={14} />
    </button>
  )
}

const kinds: readonly (readonly [KeyKind, string])[] = [
  ['metrics', 'Metrics'],
  ['params', 'Params'],
  ['tags', 'Tags'],
]
const attributes = Object.keys(attributeColumns) as AttributeName[]
const offeredAtOnce = 100

function Offered({ experiment, columns, onColumns }: Choice & { readonly experiment: string }) {
  const [kind, setKind] = useState<KeyKind>('metrics')
  const [contains, setContains] = useState('')
  const keys = useQuery(
    trackingQueries.keys({ experiments: experiment, kind, contains, limit: offeredAtOnce }),
  )
  // A metric may stand in several columns: by its last point, its least and so on.
  const shown = new Set(
    columns.flatMap(column =>
      column.kind === kind && (column.kind !== 'metrics' || column.of === 'last') ? [column.key] : [],
    ),
  )
  const offered = (keys.data?.keys ?? []).filter(key => !shown.has(key))
  const add = (added: readonly string[]) => onColumns([...columns, ...added.map(key => columnOf(kind, key))])
  return (
    <section aria-label="More columns">
      <h3>Add</h3>
      <fieldset className="segments choice" aria-label="Kind of column">
        {kinds.map(([value, word]) => (
          <button key={value} type="button" aria-pressed={value === kind} onClick={() => setKind(value)}>
            {word}
          </button>
        ))}
      </fieldset>
      <input
        className="input"
        type="search"
        aria-label={`Search ${kind}`}
        placeholder="part of the name"
        value={contains}
        onChange={event => setContains(event.target.value)}
      />
      <ul aria-label="Found">
        {offered.map(key => (
          <li key={key}>
            <button type="button" className="button" aria-label={`Add ${key}`} onClick={() => add([key])}>
              +
            </button>
            <span className="name">{key}</span>
          </li>
        ))}
      </ul>
      <p className="panel-note" role="status">
        {keys.data?.more ? `The first ${offeredAtOnce}; search for more.` : `${offered.length} to add.`}{' '}
        {contains && offered.length > 1 ? (
          <button type="button" className="button" onClick={() => add(offered)}>
            Add these {offered.length}
          </button>
        ) : null}
      </p>
      <Attributes columns={columns} onColumns={onColumns} />
    </section>
  )
}

function Attributes({ columns, onColumns }: Choice) {
  const absent = attributes.filter(
    key => !columns.some(each => each.kind === 'attribute' && each.key === key),
  )
  if (absent.length === 0) return null
  return (
    <p className="tags">
      {absent.map(key => (
        <button
          key={key}
          type="button"
          className="button"
          onClick={() => onColumns([{ kind: 'attribute', key }, ...columns])}
        >
          + {attributeColumns[key].word}
        </button>
      ))}
    </p>
  )
}

function columnOf(kind: KeyKind, key: string): RunColumn {
  return kind === 'metrics' ? { kind, key, of: 'last' } : { kind, key }
}
