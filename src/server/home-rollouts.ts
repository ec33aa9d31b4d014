import { formatTimestamp, type Micros } from '../kernel/time.ts'
import type { HomeFacts, HomeItem } from './home-items.ts'

type Standing = HomeFacts['rollouts'][number]
type Said = Omit<HomeItem, 'href'>

/** What a person should know of the rollouts of one deployment: what is broken, taken back or held, and what goes on. */
export function rolloutNeeds(standing: Standing, now: Micros): HomeItem[] {
  const { deployment, incident, kill, rollouts, broken } = standing
  const said: Said[] = []
  if (broken !== null)
    said.push({
      severity: 'bad',
      title: `The rollout log of ${deployment} cannot be read: nothing moves its traffic`,
      detail: broken,
      at: formatTimestamp(now),
    })
  if (incident !== null)
    said.push({
      severity: 'bad',
      title: `${deployment}: an incident is open, and no rule starts anything until it is closed`,
      detail: incident.reason,
      at: incident.at,
    })
  if (kill !== null)
    said.push({
      severity: kill.level === 'challengers' ? 'warn' : 'bad',
      title: `${deployment}: ${killSays[kill.level]}`,
      detail: `Kill level set by ${kill.by}${kill.local ? ' on the serving host' : ''}: ${kill.reason}`,
      at: kill.at,
    })
  said.push(...rollouts.map(underWay))
  return said.map(item => ({ ...item, href: `/deployments/${encodeURIComponent(deployment)}` }))
}

const killSays = {
  challengers: 'challengers are switched off',
  model: 'its model is switched off, the fallback answers',
  closed: 'it is closed, every prediction is refused',
} as const

function underWay({ deployment, release, state, weight, reason, since }: Standing['rollouts'][number]): Said {
  const subject = `Release ${release.number} of ${deployment}`
  if (state === 'held') return { severity: 'warn', title: `${subject} is held`, detail: reason, at: since }
  const share = weight > 0 ? ` with ${Number(weight.toFixed(2))} % of traffic` : ''
  return { severity: 'info', title: `${subject} is in ${state}${share}`, detail: reason, at: since }
}
