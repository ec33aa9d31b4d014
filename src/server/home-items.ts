import type { Home } from '../api/catalog.ts'
import type { ShownAlert } from '../experiments/index.ts'
import type { AuditEvent } from '../governance/index.ts'
import { formatTimestamp, type Micros, parseDuration } from '../kernel/time.ts'
import type { PipelineRun } from '../pipelines/index.ts'
import type { RegisteredModel } from '../registry/index.ts'
import { rolloutNeeds } from './home-rollouts.ts'
import type { DeploymentStatus, Services } from './services.ts'

export type HomeItem = Home['needsMe'][number]

export interface HomeFacts {
  /** Newest first. */
  readonly runs: readonly PipelineRun[]
  readonly deployments: readonly DeploymentStatus[]
  /** Models that have versions but no champion. */
  readonly withoutChampion: readonly RegisteredModel[]
  /** What alert rules found in tracked runs, newest first. */
  readonly alerts: readonly ShownAlert[]
  /** What stands on each deployment that has a rollout log. */
  readonly rollouts: Awaited<ReturnType<Services['rollouts']['underWay']>>
  /** What waits in the inbox for a person. */
  readonly waiting: {
    readonly suggestions: number
    /** Suggestions that are applied unless somebody objects. */
    readonly windows: number
    /** Rules that an approver may give more autonomy. */
    readonly offers: number
    readonly requests: number
  }
}

const severityOrder = { bad: 0, warn: 1, info: 2, good: 3 } as const

/** What wants a person, worst first. A failed run counts only while it is the last of its pipeline. */
export function needsMe(facts: HomeFacts, now: Micros): HomeItem[] {
  const { runs, deployments, withoutChampion, alerts } = facts
  const items = [
    ...lastRuns(runs).flatMap(failedRun),
    ...deployments.flatMap(status => deploymentNeed(status, now)),
    ...facts.rollouts.flatMap(standing => rolloutNeeds(standing, now)),
    ...withoutChampion.map(model => noChampion(model, now)),
    ...alerts.filter(alert => isPressing(alert, now)).map(alertItem),
    ...inboxNeed(facts.waiting, now),
  ]
  return items.sort((a, b) => severityOrder[a.severity] - severityOrder[b.severity] || byTime(a, b))
}

function lastRuns(runs: readonly PipelineRun[]): PipelineRun[] {
  const seen = new Set<string>()
  return runs.filter(run => !seen.has(run.plan.pipeline) && seen.add(run.plan.pipeline))
}

function failedRun(run: PipelineRun): HomeItem[] {
  if (run.state !== 'failed') return []
  const step = run.steps.find(({ state }) => state === 'failed')
  const error = step?.attempts.at(-1)?.error
  return [
    {
      severity: 'bad',
      title: `${run.plan.title} failed${step === undefined ? '' : ` at ${step.plan.title}`}`,
      detail:
        error === undefined || error === null
          ? 'Its log says why.'
          : `${error.message.replace(/\.$/, '')}. ${error.hint}`,
      href: `/runs/${run.id}`,
      at: formatTimestamp(run.finishedAt ?? run.createdAt),
    },
  ]
}

const deploymentNeeds = {
  undeployed: {
    severity: 'info',
    says: 'is defined but answers nobody yet',
    detail: 'Deploy a model version to it.',
  },
  loading: undefined,
  ready: undefined,
  degraded: {
    severity: 'warn',
    says: 'is degraded',
    detail: 'Some answers are fallbacks; its page says why.',
  },
  down: { severity: 'bad', says: 'is down', detail: 'No prediction is answered.' },
} as const

function deploymentNeed(status: DeploymentStatus, now: Micros): HomeItem[] {
  const need = deploymentNeeds[status.state]
  if (need === undefined) return []
  return [
    {
      severity: need.severity,
      title: `Deployment ${status.name} ${need.says}`,
      detail: need.detail,
      href: `/deployments/${status.name}`,
      at: formatTimestamp(status.deployedAt ?? now),
    },
  ]
}

function noChampion(model: RegisteredModel, now: Micros): HomeItem {
  return {
    severity: 'warn',
    title: `Model ${model.name} has no champion`,
    detail: 'Versions are registered, none is chosen: point the alias champion at one.',
    href: `/models/${model.name}`,
    at: formatTimestamp(now),
  }
}

const alertsShownFor = parseDuration('7d')

function isPressing({ closedAt, muted, at }: ShownAlert, now: Micros): boolean {
  return closedAt === null && !muted && now - at < alertsShownFor
}

/** `12 suggestions wait for you, 3 apply unless you object`. */
function inboxNeed(
  { suggestions, windows, offers, requests }: HomeFacts['waiting'],
  now: Micros,
): HomeItem[] {
  const some = (count: number, noun: string, says: readonly [one: string, many: string]): string[] =>
    count === 0 ? [] : [`${count} ${noun}${count === 1 ? '' : 's'} ${says[count === 1 ? 0 : 1]}`]
  const parts = [
    ...some(windows, 'suggestion', [
      'applies itself unless you object',
      'apply themselves unless you object',
    ]),
    ...some(suggestions, 'suggestion', ['waits for a decision', 'wait for a decision']),
    ...some(requests, 'request', ['waits for an approval', 'wait for an approval']),
    ...some(offers, 'rule', ['has earned more autonomy', 'have earned more autonomy']),
  ]
  if (parts.length === 0) return []
  const at = formatTimestamp(now)
  return [
    {
      severity: windows > 0 ? 'warn' : 'info',
      title: parts.join(', '),
      detail: 'The inbox has them, the riskiest first.',
      href: '/inbox',
      at,
    },
  ]
}

function alertItem({ message, owner, run, at }: ShownAlert): HomeItem {
  return {
    severity: 'warn',
    title: message.split('; ', 1)[0] ?? message,
    detail: `For ${owner}. The page of the run says more.`,
    href: `/experiments/runs/${run}`,
    at: formatTimestamp(at),
  }
}

const runWords: Readonly<
  Record<PipelineRun['state'], { readonly severity: HomeItem['severity']; readonly says: string }>
> = {
  queued: { severity: 'info', says: 'is queued' },
  running: { severity: 'info', says: 'is running' },
  paused: { severity: 'info', says: 'is paused' },
  cancelling: { severity: 'info', says: 'is being cancelled' },
  succeeded: { severity: 'good', says: 'succeeded' },
  failed: { severity: 'bad', says: 'failed' },
  cancelled: { severity: 'info', says: 'was cancelled' },
}

export function happenedFromRuns(runs: readonly PipelineRun[]): HomeItem[] {
  return runs.map(run => {
    const { severity, says } = runWords[run.state]
    const reused = run.steps.filter(step => step.state === 'reused').length
    return {
      severity,
      title: `${run.plan.title} ${says}`,
      detail: `${run.steps.length} ${run.steps.length === 1 ? 'step' : 'steps'}${reused === 0 ? '' : `, ${reused} reused`}`,
      href: `/runs/${run.id}`,
      at: formatTimestamp(run.finishedAt ?? run.startedAt ?? run.createdAt),
    }
  })
}

/** Runs tell of themselves; what else was audited is told by its action in words. */
export function happenedFromAudit(events: readonly AuditEvent[]): HomeItem[] {
  return (
    events
      // Runs tell of themselves, and what a tracked run logs is on its page.
      .filter(event => !event.object.startsWith('run:') && !event.object.startsWith('experiment-run:'))
      // Suggestions come in hundreds: the inbox tells of them.
      .filter(event => !event.action.startsWith('suggestion.'))
      .map(event => ({
        severity: 'info',
        title: `${sentence(event.action)}: ${objectName(event.object)}`,
        detail: `by ${event.principal}`,
        href: objectHref(event.object),
        at: formatTimestamp(event.at),
      }))
  )
}

/** `model-version.created` → `Model version created`. */
function sentence(action: string): string {
  const words = action.replace(/[-._]/g, ' ')
  return words.charAt(0).toUpperCase() + words.slice(1)
}

function objectName(object: string): string {
  return object.slice(object.indexOf(':') + 1)
}

const pages: Readonly<Record<string, string>> = {
  model: '/models/',
  'model-version': '/models/',
  deployment: '/deployments/',
  'experiment-run': '/experiments/runs/',
}

function objectHref(object: string): string | null {
  const page = pages[object.slice(0, object.indexOf(':'))]
  return page === undefined ? null : page + encodeURIComponent(objectName(object).split('@')[0] ?? '')
}

export function latestFirst(items: readonly HomeItem[]): HomeItem[] {
  return [...items].sort(byTime)
}

function byTime(a: HomeItem, b: HomeItem): number {
  return a.at < b.at ? 1 : a.at > b.at ? -1 : 0
}
