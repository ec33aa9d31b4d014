import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import './rollout.css'
import type { DeploymentRolloutsView, RolloutView } from '../../../../api/rollouts.ts'
import { Empty } from '../../../components/messages.tsx'
import { Loaded, Panel } from '../../../components/page.tsx'
import { State } from '../../../components/state.tsx'
import { type EmptyText, emptyTexts } from '../../../texts.ts'
import { RolloutBanners } from './banners.tsx'
import { GuardList } from './guard-list.tsx'
import { KillSwitch } from './kill-switch.tsx'
import { rolloutQueries } from './queries.ts'
import { RolloutActions } from './rollout-actions.tsx'
import { Routers } from './routers.tsx'
import { StageTrack } from './stage-track.tsx'
import { TrafficBar } from './traffic-bar.tsx'
import { isUnderWay, percentText, standingText, stateLooks } from './words.ts'

/** The top of a deployment: where its traffic goes, and the rollout that changes it. */
export function RolloutPanel({ deployment }: { deployment: string }) {
  const query = useQuery(rolloutQueries.overview(deployment))
  return (
    <section className="panel rollout" aria-label="Rollout">
      <Loaded query={query} rows={7}>
        {view => <Standing view={view} />}
      </Loaded>
    </section>
  )
}

/** Whichever has most to say: the one with the lease, else the newest under way. */
function shownOf({ rollouts }: DeploymentRolloutsView) {
  const going = rollouts.filter(isUnderWay)
  return going.find(({ lease }) => lease) ?? going[0]
}

function Standing({ view }: { view: DeploymentRolloutsView }) {
  const shown = shownOf(view)
  const others = view.rollouts.filter(each => isUnderWay(each) && each !== shown)
  return (
    <>
      <RolloutBanners view={view} />
      <div className="rollout-top">
        <h2>Traffic</h2>
        <div className="buttons">
          <KillSwitch view={view} />
        </div>
      </div>
      <TrafficBar traffic={view.traffic} />
      {shown ? <Current deployment={view.deployment} id={shown.id} /> : <Empty text={whyNone(view)} />}
      {others.length > 0 ? <Others deployment={view.deployment} others={others} /> : null}
      <Routers routers={view.routers} seq={view.seq} />
    </>
  )
}

/** The command names the deployment it is about. */
function whyNone({ terms, rollouts, deployment }: DeploymentRolloutsView): EmptyText {
  if (terms === null) return emptyTexts.rolloutUndeclared
  const text = rollouts.length === 0 ? emptyTexts.rollouts : emptyTexts.rolloutsOver
  return { ...text, command: `fettle deploy ${deployment}` }
}

function Current({ deployment, id }: { deployment: string; id: string }) {
  const query = useQuery(rolloutQueries.rollout(deployment, id))
  return (
    <Loaded query={query} rows={5}>
      {rollout => (
        <>
          <RolloutHead rollout={rollout} />
          <nav className="rollout-links small" aria-label="About this rollout">
            {places.map(([tab, word]) => (
              <Link
                key={word}
                to="/deployments/$name/rollouts/$id"
                params={{ name: deployment, id: rollout.id }}
                search={{ tab }}
              >
                {word}
              </Link>
            ))}
          </nav>
        </>
      )}
    </Loaded>
  )
}

const places = [
  ['evidence', 'Evidence'],
  ['flips', 'Flips'],
  ['outcome', 'Business number'],
  ['journal', 'Journal'],
] as const

/** Stage, sentence, what comes next and its conditions. */
export function RolloutHead({ rollout }: { rollout: RolloutView }) {
  const [look, word] = stateLooks[rollout.state]
  return (
    <>
      <p className="rollout-sentence" aria-live="polite">
        <State value={look} word={word} />: {standingText(rollout)}
      </p>
      {rollout.state === 'held' ? <p className="small soft held-why">Why: {rollout.reason}</p> : null}
      <StageTrack rollout={rollout} />
      <RolloutActions rollout={rollout} />
      <GuardList rollout={rollout} />
    </>
  )
}

function Others({ deployment, others }: { deployment: string; others: DeploymentRolloutsView['rollouts'] }) {
  return (
    <p className="small soft">
      Also under way:{' '}
      {others.map(({ id, release, state, weight }, index) => (
        <span key={id}>
          {index > 0 ? '; ' : ''}
          <Link to="/deployments/$name/rollouts/$id" params={{ name: deployment, id }}>
            release {release.number}
          </Link>
          , {stateLooks[state][1]}
          {weight > 0 ? ` with ${percentText(weight)}` : ''}
        </span>
      ))}
      .
    </p>
  )
}

/** Why a panel of a rollout shows nothing yet. */
export function NoLook() {
  return (
    <Panel title="Evidence">
      <Empty text={emptyTexts.looks} />
    </Panel>
  )
}
