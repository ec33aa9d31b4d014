import { Link } from '@tanstack/react-router'
import type { RolloutView } from '../../../../api/rollouts.ts'
import type { StageEvidenceView } from '../../../../api/stage-evidence.ts'
import { IntervalBar } from '../../../components/interval-bar.tsx'
import { boundsText, Measured, shortNumber } from '../../../components/measured.tsx'
import { Empty } from '../../../components/messages.tsx'
import { Facts, Panel } from '../../../components/page.tsx'
import { State } from '../../../components/state.tsx'
import { formatCount } from '../../../format.ts'
import { emptyTexts } from '../../../texts.ts'
import { NoLook } from './rollout-panel.tsx'

type Outcome = StageEvidenceView['outcomes'][number]

const verdictLooks: Readonly<Record<Outcome['verdict'], readonly [look: string, word: string]>> = {
  helping: ['good', 'helping'],
  harming: ['fail', 'harming'],
  neutral: ['equal', 'neutral: no difference that matters'],
  unknown: ['waiting', 'unknown: not enough has come yet'],
}

/** What it is worth to the business, arm by arm. */
export function OutcomeTab({ rollout }: { rollout: RolloutView }) {
  const { evidence, deployment } = rollout
  if (evidence === null) return <NoLook />
  if (evidence.outcomes.length === 0)
    return (
      <Panel title="Business number">
        <Empty text={emptyTexts.outcomes}>
          <Link to="/deployments/$name" params={{ name: deployment }}>
            The deployment
          </Link>
        </Empty>
      </Panel>
    )
  return evidence.outcomes.map(outcome => (
    <OutcomePanel key={`${outcome.comparison} ${outcome.kind}`} outcome={outcome} />
  ))
}

function OutcomePanel({ outcome }: { outcome: Outcome }) {
  const { kind, unit, comparison, champion, challenger, difference, interval, verdict, needed } = outcome
  const [look, word] = verdictLooks[verdict]
  const isHoldback = comparison === 'model-against-holdback'
  const reach = interval ? Math.max(Math.abs(interval.lower), Math.abs(interval.upper)) * 1.15 || 1 : 1
  return (
    <Panel
      title={`${kind}, ${isHoldback ? 'with the model against without' : 'new against old'}`}
      aside={unit}
      note="By unit, of the arms as they were drawn. Helping and harming are said only where the whole interval is on one side."
    >
      <p className="rollout-sentence">
        <State value={look} word={word} />
        {verdict === 'unknown' && needed !== null
          ? `; about ${formatCount(needed)} units an arm decide it`
          : verdict === 'unknown'
            ? '; how many units decide it is not known yet'
            : ''}
        .
      </p>
      {interval ? (
        <div className="outcome-bar">
          <IntervalBar
            domain={[-reach, reach]}
            {...interval}
            estimate={typeof difference === 'number' ? difference : undefined}
            mark={0}
            tone={verdict === 'helping' ? 'pass' : verdict === 'harming' ? 'fail' : 'plain'}
          />
          <span className="axis-ends muted" aria-hidden="true">
            <span>{shortNumber(-reach)}</span>
            <span>no difference</span>
            <span>{shortNumber(reach)}</span>
          </span>
        </div>
      ) : null}
      <Facts
        items={[
          [isHoldback ? 'Held back' : 'Champion', <Arm key="champion" arm={champion} unit={unit} />],
          [
            isHoldback ? 'With the model' : 'Challenger',
            <Arm key="challenger" arm={challenger} unit={unit} />,
          ],
          [
            'Difference',
            <>
              <Measured value={difference} /> {interval ? `(${boundsText(interval)})` : '(no interval yet)'}
            </>,
          ],
        ]}
      />
    </Panel>
  )
}

function Arm({ arm: { units, mean }, unit }: { arm: Outcome['champion']; unit: string }) {
  return (
    <>
      <Measured value={mean} /> {typeof mean === 'number' ? unit : ''} on {formatCount(units)} units
    </>
  )
}
