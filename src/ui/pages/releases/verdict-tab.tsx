import { Link } from '@tanstack/react-router'
import type { GateCheckView, ReleaseDetailView } from '../../../api/releases.ts'
import { Empty } from '../../components/messages.tsx'
import { Panel } from '../../components/page.tsx'
import { State } from '../../components/state.tsx'
import { formatCount, formatElapsed } from '../../format.ts'
import { emptyTexts } from '../../texts.ts'
import { PurposePanel } from './purpose-panel.tsx'
import { ReleaseActions } from './release-actions.tsx'
import { ReleaseDocument } from './release-document.tsx'
import { SignaturePanel } from './signature-panel.tsx'
import { verdictOrder } from './words.ts'

export function VerdictTab({ release }: { release: ReleaseDetailView }) {
  const { page } = release
  return (
    <>
      <ReleaseActions release={release} />
      {page === null ? (
        <Panel title="Checks">
          <Empty text={emptyTexts.verdict} />
        </Panel>
      ) : (
        <Checks checks={page.checks} />
      )}
      <div className="columns">
        <div>
          <ReleaseDocument release={release} />
        </div>
        <div>
          <PurposePanel deployment={release.deployment} />
          {page === null ? null : <SignaturePanel release={release} page={page} />}
        </div>
      </div>
    </>
  )
}

const rank = ({ verdict, blocks }: GateCheckView) => verdictOrder.indexOf(verdict) * 2 + (blocks ? 0 : 1)

function Checks({ checks }: { checks: readonly GateCheckView[] }) {
  const sorted = checks.toSorted((a, b) => rank(a) - rank(b))
  return (
    <Panel title="Checks of the gate" aside={countText(checks)}>
      <ul className="checks">
        {sorted.map(check => (
          <Check key={check.name} check={check} />
        ))}
      </ul>
    </Panel>
  )
}

function countText(checks: readonly GateCheckView[]): string {
  const of = (verdict: string) => checks.filter(check => check.verdict === verdict).length
  return [
    [of('fail'), 'failed'],
    [of('inconclusive'), 'undecided'],
    [of('pass'), 'passed'],
  ]
    .flatMap(([count, word]) => (count === 0 ? [] : [`${count} ${word}`]))
    .join(', ')
}

function Check({
  check: { name, title, verdict, blocks, n, margin, finding, change, ms },
}: {
  check: GateCheckView
}) {
  return (
    <li>
      <State value={verdict} word={verdict === 'inconclusive' ? 'undecided' : verdict} />
      <div>
        <h3>
          {title} <code className="muted">{name}</code>{' '}
          {blocks ? null : <span className="tag">told only, does not decide</span>}
        </h3>
        <p>{finding}</p>
        {change === null ? null : (
          <p className="soft">
            <strong>What would change it:</strong> {change}
          </p>
        )}
        {name.startsWith('contracts') ? (
          <p>
            <Link to="." search={{ tab: 'contracts' }}>
              See every contract and slice
            </Link>
          </p>
        ) : null}
      </div>
      <p className="numbers small soft">
        <span className="num">{n === null ? 'n does not apply' : `n = ${formatCount(n)}`}</span>
        {margin === null ? null : <span>{margin}</span>}
        {ms < 1 ? null : <span className="muted">took {formatElapsed(ms)}</span>}
      </p>
    </li>
  )
}
