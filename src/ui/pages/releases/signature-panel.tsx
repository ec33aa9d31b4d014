import { useMutation } from '@tanstack/react-query'
import type { ReleaseDetailView, VerdictPageView } from '../../../api/releases.ts'
import { request } from '../../api.ts'
import { Hash } from '../../components/hash.tsx'
import { ErrorNotice, Notice } from '../../components/messages.tsx'
import { Facts, Panel } from '../../components/page.tsx'
import { saveFile } from '../../components/save-file.ts'
import { Time } from '../../components/time.tsx'
import { principalText } from '../home/gather.ts'

/** The page as evidence: who judged, on which rows, by whose signature, and files to pass on. */
export function SignaturePanel({ release, page }: { release: ReleaseDetailView; page: VerdictPageView }) {
  const check = useMutation({ mutationFn: () => request('verifyVerdictPage', { body: page }) })
  return (
    <Panel title="Signed verdict page">
      <Facts
        items={[
          ['By', principalText(page.by)],
          ['At', <Time key="at" at={page.at} full />],
          ['Valid until', <Time key="until" at={page.expiresAt} full />],
          ['Page', release.pageHash === null ? null : <Hash key="page" value={release.pageHash} />],
          [
            'Contracts',
            page.contractSet === null ? 'none declared' : <Hash key="set" value={page.contractSet} />,
          ],
          ['Rows', page.judged === null ? 'judged on no rows' : <Hash key="rows" value={page.judged} />],
          [
            'Signature',
            <code key="signature" className="anywhere tiny">
              {page.signature}
            </code>,
          ],
        ]}
      />
      <p className="run-bar">
        <button type="button" className="button" disabled={check.isPending} onClick={() => check.mutate()}>
          Check the signature
        </button>
        <Download release={release} kind="html" />
        <Download release={release} kind="junit" />
      </p>
      <div role="status">
        {check.data?.ok ? <Notice tone="info">It is the page of this project, unchanged.</Notice> : null}
      </div>
      {check.data && !check.data.ok ? <Notice tone="bad">{check.data.faults.join('; ')}.</Notice> : null}
      {check.error ? <ErrorNotice error={check.error} /> : null}
    </Panel>
  )
}

const kinds = {
  html: { word: 'Save as HTML', file: 'verdict.html' },
  junit: { word: 'Save as JUnit', file: 'junit.xml' },
} as const

function Download({ release, kind }: { release: ReleaseDetailView; kind: keyof typeof kinds }) {
  const { word, file } = kinds[kind]
  const params = { name: release.deployment, number: String(release.number) }
  const read = useMutation({
    mutationFn: async () =>
      kind === 'html'
        ? (await request('releaseHtml', { params })).html
        : (await request('releaseJUnit', { params })).junit,
    onSuccess: text => saveFile(`${release.deployment}-r${release.number}-${file}`, text),
  })
  return (
    <>
      <button type="button" className="button" disabled={read.isPending} onClick={() => read.mutate()}>
        {word}
      </button>
      {read.error ? <ErrorNotice error={read.error} /> : null}
    </>
  )
}
