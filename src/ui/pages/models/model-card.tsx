import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { ModelCard } from '../../../api/tracking-trust.ts'
import { request } from '../../api.ts'
import { ErrorNotice } from '../../components/messages.tsx'
import { Facts, Loaded, Panel } from '../../components/page.tsx'
import { saveFile } from '../../components/save-file.ts'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time } from '../../components/time.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { plural } from '../../format.ts'
import { principalText } from '../home/gather.ts'

type Section = ModelCard['sections'][number]

/** What is known of a version, section by section; what is not known says so. */
export function ModelCardPanel({ model, version }: { model: string; version: number }) {
  const card = useQuery(trackingQueries.card(model, version))
  return (
    <Panel title="Model card" aside={card.data ? <Frozen card={card.data} /> : null}>
      <Loaded query={card} rows={4}>
        {data => (
          <>
            {data.sections.map(section => (
              <CardSection key={section.key} section={section} />
            ))}
            {data.frozenAt === null ? <WriteField card={data} /> : null}
            <p className="tags">
              <Download card={data} format="html" word="HTML" />
              <Download card={data} format="md" word="Markdown" />
            </p>
          </>
        )}
      </Loaded>
    </Panel>
  )
}

function Frozen({ card: { frozenAt } }: { card: ModelCard }) {
  if (frozenAt === null) return 'from facts; it freezes when the version is released'
  return (
    <>
      frozen <Time at={frozenAt} />
    </>
  )
}

function CardSection({ section: { title, rows, table } }: { section: Section }) {
  const missing = rows.filter(row => row.value === null).length
  return (
    <details className="card-section">
      <summary>
        {title}{' '}
        {missing > 0 ? (
          <span className="muted">
            {missing} of {plural(rows.length, 'fact')} missing
          </span>
        ) : null}
      </summary>
      <Facts
        items={rows.map(row => [
          row.name,
          row.value === null ? (
            <span key="missing" className="muted">
              {row.missing}
            </span>
          ) : (
            <span key="value" className="anywhere">
              {row.value}
              {row.writtenBy === null ? null : (
                <span className="muted"> written by {principalText(row.writtenBy)}</span>
              )}
            </span>
          ),
        ])}
      />
      {table ? <SimpleTable label={title} head={table.head} rows={table.rows} /> : null}
    </details>
  )
}

const fields = [
  ['intended-use', 'Intended use'],
  ['kpi', 'KPI'],
  ['limits', 'Limits'],
  ['fairness', 'Remarks on fairness'],
  ['known-gaps', 'Known gaps of the data'],
] as const

function WriteField({ card: { model, version } }: { card: ModelCard }) {
  const client = useQueryClient()
  const [field, setField] = useState<string>(fields[0][0])
  const [text, setText] = useState('')
  const write = useMutation({
    mutationFn: () =>
      request('writeModelCard', { params: { name: model, version: String(version), field }, body: { text } }),
    onSuccess: card => {
      client.setQueryData(trackingQueries.card(model, version).queryKey, card)
      setText('')
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    write.mutate()
  }
  return (
    <details className="card-section">
      <summary>Write a field by hand</summary>
      <form onSubmit={submit}>
        <label>
          Field{' '}
          <select
            className="input"
            style={{ width: 'auto' }}
            value={field}
            onChange={event => setField(event.target.value)}
          >
            {fields.map(([key, word]) => (
              <option key={key} value={key}>
                {word}
              </option>
            ))}
          </select>
        </label>
        <textarea
          className="input note-field"
          aria-label="Text of the field"
          required
          maxLength={8000}
          value={text}
          onChange={event => setText(event.target.value)}
        />
        <button type="submit" className="button" disabled={write.isPending}>
          Save field
        </button>
      </form>
      {write.error ? <ErrorNotice error={write.error} /> : null}
    </details>
  )
}

function Download(props: { card: ModelCard; format: 'html' | 'md'; word: string }) {
  const { card, format, word } = props
  const { model, version } = card
  const read = useMutation({
    mutationFn: () => request('modelCardText', { params: { name: model, version: String(version), format } }),
    onSuccess: ({ text }) => saveFile(`${model}-${version}-card.${format}`, text),
  })
  return (
    <>
      <button type="button" className="button" disabled={read.isPending} onClick={() => read.mutate()}>
        Card as {word}
      </button>
      {read.error ? <ErrorNotice error={read.error} /> : null}
    </>
  )
}
