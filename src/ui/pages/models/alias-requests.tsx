import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import { type FormEvent, useState } from 'react'
import type { AliasRequest, AliasRule } from '../../../api/tracking-trust.ts'
import { request } from '../../api.ts'
import { ErrorNotice } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'
import { SimpleTable } from '../../components/simple-table.tsx'
import { State } from '../../components/state.tsx'
import { Time } from '../../components/time.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { plural } from '../../format.ts'
import { principalText } from '../home/gather.ts'

/** Protected aliases and the requests to move them; nothing where no alias is protected. */
export function AliasRequests({ model, versions }: { model: string; versions: readonly number[] }) {
  const rules = useQuery(trackingQueries.aliasRules(model)).data?.items ?? []
  const requests = useQuery(trackingQueries.aliasRequests(model)).data?.items ?? []
  if (rules.length === 0 && requests.length === 0) return null
  return (
    <Panel title="Requests for promotion" aside={plural(requests.length, 'request')}>
      {rules.map(rule => (
        <p key={rule.alias} className="panel-note">
          <strong>{rule.alias}</strong> is protected: {needs(rule)}.
        </p>
      ))}
      {requests.length > 0 ? <Requests requests={requests} /> : null}
      {rules.length > 0 ? <Ask model={model} rules={rules} versions={versions} /> : null}
    </Panel>
  )
}

const checkWords: Readonly<Record<AliasRule['checks'][number], string>> = {
  signature: 'a signature of inputs and outputs',
  'signed-files': 'signed files',
  evaluation: 'an evaluation',
}

function needs({ approvals, checks }: AliasRule): string {
  const people = `${approvals} other ${approvals === 1 ? 'person agrees' : 'people agree'}`
  return checks.length === 0
    ? `it moves when ${people}`
    : `the version needs ${checks.map(check => checkWords[check]).join(', ')}, and ${people}`
}

/** Requests of one model, to be decided on. */
export function Requests({ requests }: { requests: readonly AliasRequest[] }) {
  return (
    <SimpleTable
      label="Requests for promotion"
      head={['Alias', 'Change', 'State', 'Decide', 'Asked by', 'Reason', 'Asked']}
      rows={requests.map(each => [
        each.alias,
        `${versionText(each.before)} → ${versionText(each.version)}`,
        <span key="state" title={each.closedBecause ?? undefined}>
          <State value={states[each.state]} word={each.state} />
          {agreed(each)}
        </span>,
        each.state === 'requested' ? <Decide key="decide" request={each} /> : null,
        principalText(each.requestedBy),
        each.reason,
        <Time key="at" at={each.requestedAt} />,
      ])}
    />
  )
}

const versionText = (version: number | null) => (version === null ? 'none' : `v${version}`)

const states = {
  requested: 'waiting',
  approved: 'good',
  declined: 'bad',
  withdrawn: 'cancelled',
  expired: 'warn',
  void: 'cancelled',
} as const

function agreed({ decisions, needed, state }: AliasRequest): string {
  if (state !== 'requested') return ''
  return `, ${decisions.filter(each => each.verdict === 'approve').length} of ${needed} agreed`
}

function useRefresh() {
  const client = useQueryClient()
  return () => {
    for (const key of ['aliasRequests', 'modelRecord', 'versionRecords'])
      void client.invalidateQueries({ queryKey: [key] })
  }
}

function Decide({ request: { id } }: { request: AliasRequest }) {
  const refresh = useRefresh()
  const [seenAt] = useState(Date.now)
  const decide = useMutation({
    mutationFn: (verdict: 'approve' | 'decline') =>
      request('decideAliasRequest', {
        params: { id },
        body: { verdict, seconds: (Date.now() - seenAt) / 1000 },
      }),
    onSuccess: refresh,
  })
  const withdraw = useMutation({
    mutationFn: () => request('withdrawAliasRequest', { params: { id }, body: {} }),
    onSuccess: refresh,
  })
  const error = decide.error ?? withdraw.error
  return (
    <>
      <span className="tags decide">
        <button type="button" className="button" onClick={() => decide.mutate('approve')}>
          Agree
        </button>
        <button type="button" className="button" onClick={() => decide.mutate('decline')}>
          Decline
        </button>
        <button type="button" className="button" onClick={() => withdraw.mutate()}>
          Withdraw
        </button>
      </span>
      {error ? <ErrorNotice error={error} /> : null}
    </>
  )
}

interface AskProps {
  readonly model: string
  readonly rules: readonly AliasRule[]
  readonly versions: readonly number[]
}

function Ask({ model, rules, versions }: AskProps) {
  const refresh = useRefresh()
  const [alias, setAlias] = useState(rules[0]?.alias ?? '')
  const [version, setVersion] = useState(String(versions[0] ?? ''))
  const [reason, setReason] = useState('')
  const ask = useMutation({
    mutationFn: () =>
      request('requestAlias', { params: { name: model }, body: { alias, version: Number(version), reason } }),
    onSuccess: () => {
      setReason('')
      refresh()
    },
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    ask.mutate()
  }
  return (
    <form className="run-bar" onSubmit={submit}>
      <Choice
        label="Move"
        value={alias}
        choices={rules.map(rule => [rule.alias, rule.alias])}
        onChange={setAlias}
      />
      <Choice
        label="to"
        value={version}
        choices={versions.map(each => [String(each), `version ${each}`])}
        onChange={setVersion}
      />
      <input
        className="input reason-input"
        aria-label="Reason"
        placeholder="reason"
        value={reason}
        onChange={event => setReason(event.target.value)}
      />
      <button type="submit" className="button" disabled={ask.isPending}>
        Ask for it
      </button>
      {ask.error ? <ErrorNotice error={ask.error} /> : null}
    </form>
  )
}

function Choice(props: {
  label: string
  value: string
  choices: readonly (readonly [value: string, word: string])[]
  onChange: (value: string) => void
}) {
  return (
    <label>
      {props.label}{' '}
      <select
        className="input"
        style={{ width: 'auto' }}
        value={props.value}
        onChange={event => props.onChange(event.target.value)}
      >
        {props.choices.map(([value, word]) => (
          <option key={value} value={value}>
            {word}
          </option>
        ))}
      </select>
    </label>
  )
}
