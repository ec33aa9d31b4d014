import { Link } from '@tanstack/react-router'
import { useState } from 'react'
import type { DeploymentRolloutsView } from '../../../../api/rollouts.ts'
import { request } from '../../../api.ts'
import { Notice } from '../../../components/messages.tsx'
import { Time } from '../../../components/time.tsx'
import { ConfirmDialog } from './confirm-dialog.tsx'
import { killWords } from './words.ts'

/** What stands over everything else: a kill level, an open incident. */
export function RolloutBanners({ view }: { view: DeploymentRolloutsView }) {
  const { kill } = view
  return (
    <>
      {kill ? (
        <Notice tone={kill.level === 'challengers' ? 'warn' : 'bad'}>
          <p>
            <strong>
              {killWords[kill.level][0]} since <Time at={kill.at} full />.
            </strong>{' '}
            {killWords[kill.level][1]}
          </p>
          <p className="small soft">
            Set by {kill.by}
            {kill.local ? ' on the serving host; it outranks this page until it is lifted' : ''}:{' '}
            {kill.reason}
          </p>
        </Notice>
      ) : null}
      <Incident view={view} />
    </>
  )
}

function Incident({ view: { deployment, incident } }: { view: DeploymentRolloutsView }) {
  const [asked, setAsked] = useState(false)
  if (incident === null) return null
  return (
    <Notice tone="bad">
      <p>
        <strong>
          Incident since <Time at={incident.at} full />:
        </strong>{' '}
        {incident.reason}.
      </p>
      <p className="small soft">
        What did harm was taken back by itself. No rule starts anything here until a person has understood why
        and closes the incident.{' '}
        <Link to="/deployments/$name/rollouts/$id" params={{ name: deployment, id: incident.rollout }}>
          The rollout and its evidence
        </Link>
      </p>
      <p>
        <button type="button" className="button" onClick={() => setAsked(true)}>
          Close the incident…
        </button>
      </p>
      {asked ? (
        <ConfirmDialog
          title={`Close the incident of ${deployment}`}
          deployment={deployment}
          facts={[
            ['Traffic', 'Does not change.'],
            ['From then on', 'Rules may start and advance rollouts again, as their level allows.'],
          ]}
          command={`fettle rollout incident close ${deployment} --reason …`}
          confirm="Close the incident"
          act={reason => request('closeIncident', { params: { name: deployment }, body: { reason } })}
          onClose={() => setAsked(false)}
        />
      ) : null}
    </Notice>
  )
}
