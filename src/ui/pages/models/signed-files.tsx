import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query'
import type { Verification } from '../../../api/tracking-trust.ts'
import { request } from '../../api.ts'
import { Hash } from '../../components/hash.tsx'
import { ErrorNotice } from '../../components/messages.tsx'
import { Facts, Loaded, Panel } from '../../components/page.tsx'
import { State } from '../../components/state.tsx'
import { Time } from '../../components/time.tsx'
import { trackingQueries } from '../../data/tracking-queries.ts'
import { principalText } from '../home/gather.ts'

/** Whether the files are those that were signed; an unsigned version can be signed here. */
export function SignedFiles({ model, version }: { model: string; version: number }) {
  const found = useQuery(trackingQueries.versionSignature(model, version))
  return (
    <Panel title="Signed files" aside={found.data ? <Verdict found={found.data} /> : null}>
      <Loaded query={found} rows={2}>
        {data => (
          <>
            {data.state === 'signed' ? <Signer found={data} /> : <Problem found={data} />}
            {data.state === 'unsigned' ? <Sign model={model} version={version} /> : null}
          </>
        )}
      </Loaded>
    </Panel>
  )
}

const tones = { signed: 'good', unsigned: 'warn', altered: 'bad' } as const

function Verdict({ found: { state } }: { found: Verification }) {
  return <State value={tones[state]} word={state} />
}

function Signer({ found: { by, at, key } }: { found: Verification }) {
  return (
    <Facts
      items={[
        ['By', by === null ? null : <span key="by">{principalText(by)}</span>],
        ['At', at === null ? null : <Time key="at" at={at} />],
        ['Key', key === null ? null : <Hash key="key" value={key} />],
      ]}
    />
  )
}

function Problem({ found: { problem, files } }: { found: Verification }) {
  return (
    <>
      <p className="panel-note">
        {problem === null ? 'The files do not match their signature' : capital(problem)}. A release needs
        files that are signed and unchanged.
      </p>
      {files.length > 0 ? (
        <Facts items={files.map(file => [file.kind, <code key={file.path}>{file.path}</code>])} />
      ) : null}
    </>
  )
}

const capital = (text: string) => `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`

function Sign({ model, version }: { model: string; version: number }) {
  const client = useQueryClient()
  const sign = useMutation({
    mutationFn: () => request('signVersion', { params: { name: model, version: String(version) }, body: {} }),
    onSuccess: found => client.setQueryData(trackingQueries.versionSignature(model, version).queryKey, found),
  })
  return (
    <>
      <button type="button" className="button" disabled={sign.isPending} onClick={() => sign.mutate()}>
        Sign with the project’s key
      </button>
      {sign.error ? <ErrorNotice error={sign.error} /> : null}
    </>
  )
}
