import type { RolloutGuardView, RolloutView } from '../../../../api/rollouts.ts'
import type { StageEvidenceView } from '../../../../api/stage-evidence.ts'
import { Bar } from '../../../components/bars.tsx'
import { State } from '../../../components/state.tsx'
import { Time, TimesIn } from '../../../components/time.tsx'
import { formatCount } from '../../../format.ts'
import { guardAdvice, guardTitles, plainGuard } from './words.ts'

/** Conditions of what comes next: those that do not hold first, with their numbers and what would change them. */
export function GuardList({ rollout }: { rollout: RolloutView }) {
  const { guards, evidence } = rollout
  const open = guards.filter(({ holds }) => !holds)
  const held = guards.filter(({ holds }) => holds)
  return (
    <>
      {open.length > 0 ? (
        <ul className="guards" aria-label="Conditions that do not hold yet">
          {open.map(guard => (
            <Guard key={guard.guard} guard={guard} evidence={evidence} />
          ))}
        </ul>
      ) : null}
      {held.length > 0 ? (
        <details className="guards-held">
          <summary>
            {open.length === 0
              ? `All ${formatCount(held.length)} conditions hold`
              : `${formatCount(held.length)} of ${formatCount(guards.length)} conditions hold`}
          </summary>
          <ul className="guards">
            {held.map(guard => (
              <Guard key={guard.guard} guard={guard} evidence={evidence} />
            ))}
          </ul>
        </details>
      ) : null}
    </>
  )
}

function Guard({ guard, evidence }: { guard: RolloutGuardView; evidence: StageEvidenceView | null }) {
  const { guard: name, title, holds, now, needed, when } = guard
  return (
    <li>
      <State value={holds ? 'pass' : 'waiting'} word={holds ? 'holds' : 'not yet'} />
      <div>
        <h3>{guardTitles[name] ?? title}</h3>
        <p className="small anywhere">
          <TimesIn text={plainGuard(now)} />
        </p>
        <p className="small soft anywhere">
          Needed: <TimesIn text={plainGuard(needed)} />
        </p>
        {holds ? null : (
          <p className="small soft">
            {guardAdvice[name] ?? ''}
            {when ? (
              <>
                {' '}
                Expected <Time at={when} full />.
              </>
            ) : null}
          </p>
        )}
        {name === 'planned-n' && !holds ? <PlannedCells evidence={evidence} /> : null}
      </div>
    </li>
  )
}

const shownCells = 5

/** Cells with the fewest of the rows that were planned. */
function PlannedCells({ evidence }: { evidence: StageEvidenceView | null }) {
  const short = (evidence?.contracts?.cells ?? [])
    .flatMap(cell =>
      cell.status === 'protected' && cell.planned !== null && cell.matured < cell.planned
        ? [{ ...cell, planned: cell.planned }]
        : [],
    )
    .toSorted((a, b) => a.matured / a.planned - b.matured / b.planned)
  if (short.length === 0) return null
  return (
    <ul className="planned-cells small">
      {short.slice(0, shownCells).map(cell => (
        <li key={`${cell.contract} ${cell.metric} ${cell.slice}`}>
          <span className="anywhere">
            {cell.contract}, {cell.slice}
          </span>
          <Bar value={cell.matured} domain={[0, cell.planned]} />
          <span className="num">
            {formatCount(cell.matured)} of {formatCount(cell.planned)} planned
          </span>
        </li>
      ))}
      {short.length > shownCells ? (
        <li className="muted">and {formatCount(short.length - shownCells)} more cells</li>
      ) : null}
    </ul>
  )
}
