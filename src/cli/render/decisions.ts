import type { DecisionLogStatus, DecisionReplay, DecisionTrace, FoundDecision } from '../../api/decisions.ts'
import { formatNumber, plain, table } from './text.ts'

export function renderDecisions(found: {
  readonly items: readonly FoundDecision[]
  readonly next?: string | undefined
}): string {
  if (found.items.length === 0) return 'No decision is like that.\n'
  const rows = found.items.map(each => [
    each.predictionId,
    each.decidedAt,
    `${each.deployment} ${each.release}`,
    each.routing.kind === 'online' ? each.routing.arm : `${each.routing.arm}, ${each.routing.kind}`,
    formatNumber(each.score),
    each.action ?? '',
    each.servedBy,
    Object.entries(each.entity)
      .map(([name, value]) => `${name}=${plain(String(value))}`)
      .join(' '),
  ])
  const more = found.next === undefined ? '' : `More: --cursor ${found.next}\n`
  return `${table(['decision', 'at', 'release', 'arm', 'score', 'action', 'served by', 'fields'], rows)}${more}`
}

export function renderLogStatus(status: DecisionLogStatus): string {
  const { written, shipped, waiting, files, fileBytes, waitingSegments, keptSegments, lagSeconds } = status
  const damaged =
    status.damagedBytes === 0
      ? ''
      : `${status.damagedBytes} bytes of sealed segments were changed by the device: see the audit log.\n`
  return [
    `${written} decisions written = ${shipped} in files + ${waiting} waiting; none dropped`,
    `${files} files, ${formatNumber(fileBytes / 1e6)} MB`,
    `${waitingSegments} segments wait, the oldest decision for ${formatNumber(lagSeconds)} s; ${keptSegments} are kept for a day`,
    damaged,
  ].join('\n')
}

export function renderTrace({
  routing,
  release,
  threshold,
  segment,
  retries,
  shadows,
  rollout,
}: DecisionTrace): string {
  const drawn =
    routing.bucket === null
      ? routing.armReason
      : `${routing.armReason}, bucket ${routing.bucket} of salt ${routing.salt}, rollout row ${routing.seq}`
  const lines = [
    `${routing.kind} decision of the ${routing.arm} (${drawn})`,
    ...(routing.shadowOf === null ? [] : [`in the shadow of ${routing.shadowOf}`]),
    ...(routing.caller === null ? [] : [`asked by ${plain(routing.caller)}`]),
    ...(threshold === null
      ? []
      : [`threshold ${formatNumber(threshold)}${segment === null ? '' : ` of segment ${plain(segment)}`}`]),
    ...(retries === 0 ? [] : [`scored again ${retries} times after a scorer died`]),
    `release ${release.number}, ${release.digest}, scorer ${release.scorer.kind} ${release.scorer.build}`,
    ...(release.made === null ? [] : [`made ${release.made.at} by ${plain(release.made.by)}`]),
    ...(rollout === null
      ? []
      : [
          `rollout log row ${rollout.seq}: ${rollout.event} to ${formatNumber(rollout.weight)} % by ${plain(rollout.by)}, ${rollout.at}: ${plain(rollout.reason)}`,
        ]),
    ...release.verdicts.map(each => `verdict ${each.id}: ${each.verdict}, ${each.at}, by ${plain(each.by)}`),
    ...release.approvals.map(each => `approved by ${plain(each.by)}, ${each.at}`),
    ...release.servings.map(
      each =>
        `served since ${each.at} by ${plain(each.by)}${each.reason === '' ? '' : `: ${plain(each.reason)}`}`,
    ),
    '',
  ]
  const parts = table(
    ['part', 'hash'],
    release.parts.map(each => [each.part, each.hash]),
  )
  const twins = shadows.map(
    each =>
      `shadow ${each.predictionId}: release ${each.release} says ${formatNumber(each.score)}${each.action === null ? '' : `, ${each.action}`}\n`,
  )
  return `${lines.join('\n')}${parts}${twins.join('')}`
}

export function renderReplay({ predictionId, lines }: DecisionReplay): string {
  const shown = (value: string | number | null) => (value === null ? 'missing' : String(value))
  const rows = lines.map(({ what, outcome, recorded, replayed, reason }) => [
    what,
    outcome,
    shown(recorded),
    outcome === 'same' || outcome === 'unavailable' ? '' : shown(replayed),
    reason ?? '',
  ])
  return `${predictionId}\n${table(['what', 'outcome', 'recorded', 'replayed', 'why'], rows)}`
}
