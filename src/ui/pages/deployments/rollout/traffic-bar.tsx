import type { DeploymentRolloutsView } from '../../../../api/rollouts.ts'
import { armMeanings, armWords, percentText } from './words.ts'

type Share = DeploymentRolloutsView['traffic'][number]

const order = ['champion', 'control', 'challenger', 'holdback', 'fallback', 'closed'] as const

/** Shares of the same arm and release as one. */
function gathered(traffic: readonly Share[]): readonly Share[] {
  const found = new Map<string, Share>()
  for (const share of traffic) {
    const key = `${share.arm} ${share.release}`
    const before = found.get(key)
    found.set(key, before ? { ...before, percent: before.percent + share.percent } : share)
  }
  return [...found.values()].toSorted((a, b) => order.indexOf(a.arm) - order.indexOf(b.arm))
}

const nameOf = ({ arm, release }: Share) =>
  release === null ? armWords[arm] : `release ${release}, ${armWords[arm]}`

/** All traffic as one bar, each arm in its own pattern; the list below it has the same numbers. */
export function TrafficBar({ traffic }: { traffic: readonly Share[] }) {
  if (traffic.length === 0) return <p className="muted">Nothing serves: there is no traffic to share.</p>
  const shares = gathered(traffic)
  return (
    <div className="traffic">
      <div className="traffic-bar" aria-hidden="true">
        {shares.map(share => (
          <i key={nameOf(share)} className={share.arm} style={{ flexGrow: share.percent }}>
            {share.percent >= 12 ? percentText(share.percent) : null}
          </i>
        ))}
      </div>
      <ul className="traffic-key" aria-label="Traffic by arm">
        {shares.map(share => (
          <li key={nameOf(share)} title={armMeanings[share.arm]}>
            <i className={share.arm} aria-hidden="true" />
            <span className="num">{percentText(share.percent)}</span> {nameOf(share)}
          </li>
        ))}
      </ul>
    </div>
  )
}
