import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { PurposeView } from '../../../api/releases.ts'
import { ApiError, request } from '../../api.ts'
import { Measured } from '../../components/measured.tsx'
import { Empty, ErrorNotice } from '../../components/messages.tsx'
import { Facts, Loaded, Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { Time } from '../../components/time.tsx'
import { formatNumber, formatShare } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { releaseQueries } from './queries.ts'

/** Why the deployment exists, and how its number does. */
export function PurposePanel({ deployment }: { deployment: string }) {
  const purpose = useQuery(releaseQueries.purpose(deployment))
  const undeclared = purpose.error instanceof ApiError && purpose.error.code === 'NO_PURPOSE'
  return (
    <Panel title="What it is for">
      {undeclared ? (
        <Empty text={emptyTexts.purpose} />
      ) : (
        <Loaded query={purpose} rows={6}>
          {data => <Followed followed={data} />}
        </Loaded>
      )}
    </Panel>
  )
}

function Followed({ followed }: { followed: PurposeView }) {
  const { purpose, values, reached, impact, reviewDue } = followed
  const { number } = purpose
  const unit = (value: number) => `${formatNumber(value)} ${number.unit}`
  return (
    <>
      <p className="sentence story">{purpose.story}</p>
      <Facts
        items={[
          ['For', purpose.audience],
          [
            'Number',
            `${number.name}: ${unit(number.baseline)} → ${unit(number.target)} (${number.direction === 'up' ? 'up is better' : 'down is better'})`,
          ],
          ['Matters from', unit(number.matters)],
          ['Way gone', <Measured key="reached" value={reached} show={formatShare} />],
          ['Impact', <Measured key="impact" value={impact} show={unit} />],
          ['Owner', purpose.owner],
          [
            'Review due',
            reviewDue === null ? (
              'when the first release with it is made'
            ) : (
              <span key="due">
                <Time at={reviewDue} />, every {purpose.review}
              </span>
            ),
          ],
        ]}
      />
      {values.length === 0 ? (
        <p className="panel-note">Nobody has recorded yet what the number came to.</p>
      ) : (
        <SimpleTable
          label="Values so far"
          head={['When', `>${number.name}`, 'By']}
          rows={values.toReversed().map(each => [<Time key="at" at={each.at} />, unit(each.value), each.by])}
        />
      )}
      <RecordValue deployment={followed.deployment} unit={number.unit} />
    </>
  )
}

function RecordValue({ deployment, unit }: { deployment: string; unit: string }) {
  const client = useQueryClient()
  const [text, setText] = useState('')
  const value = text.trim() === '' ? Number.NaN : Number(text)
  const record = useMutation({
    mutationFn: () => request('recordPurposeValue', { params: { name: deployment }, body: { value } }),
    onSuccess: next => {
      client.setQueryData(releaseQueries.purpose(deployment).queryKey, next)
      setText('')
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (Number.isFinite(value)) record.mutate()
  }
  return (
    <form className="run-bar" onSubmit={submit}>
      <input
        className="input value-input"
        inputMode="decimal"
        aria-label={`What it came to, in ${unit}`}
        placeholder={`today’s value, ${unit}`}
        value={text}
        onChange={event => setText(event.target.value)}
      />
      <button type="submit" className="button" disabled={!Number.isFinite(value) || record.isPending}>
        Record
      </button>
      {record.error ? <ErrorNotice error={record.error} /> : null}
    </form>
  )
}
