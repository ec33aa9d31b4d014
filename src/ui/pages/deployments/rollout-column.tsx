import type { UnderWayView } from '../../../api/rollouts.ts'
import { State } from '../../components/state.tsx'
import { killWords, percentText, stateLooks } from './rollout/words.ts'

/** What moves on a deployment, or stands in its way, the worst first. */
export function RolloutCell({ standing }: { standing: UnderWayView | undefined }) {
  if (standing === undefined) return <span className="muted">none</span>
  const { broken, incident, kill, rollouts } = standing
  const said = [
    ...(broken === null ? [] : [<State key="broken" value="bad" word="log cannot be read" />]),
    ...(incident === null ? [] : [<State key="incident" value="bad" word="incident open" />]),
    ...(kill === null
      ? []
      : [
          <State
            key="kill"
            value={kill.level === 'challengers' ? 'warn' : 'bad'}
            word={killWords[kill.level][0].toLowerCase()}
          />,
        ]),
    ...rollouts.map(({ id, release, state, weight }) => (
      <State
        key={id}
        value={stateLooks[state][0]}
        word={`r${release.number} ${stateLooks[state][1]}${weight > 0 ? `, ${percentText(weight)}` : ''}`}
      />
    )),
  ]
  return said.length === 0 ? <span className="muted">none</span> : <span className="stacked">{said}</span>
}
