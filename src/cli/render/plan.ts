import type { ApplyResult, Plan, PlanChange } from '../../api/catalog.ts'
import type { Paint } from '../io.ts'
import { contractPlanLines } from './contracts.ts'
import { formatBytes, formatCount, formatElapsed, plain, plural } from './text.ts'

const kindWords: Readonly<Record<PlanChange['kind'], string>> = {
  entity: 'entity',
  source: 'source',
  featureView: 'feature view',
  onDemand: 'on-demand feature',
  trainingSet: 'training set',
  model: 'model',
  deployment: 'deployment',
  batch: 'batch',
}

const marks = { create: '+', update: '~', describe: '·', delete: '−', none: ' ' } as const

export function kindWord(kind: PlanChange['kind']): string {
  return kindWords[kind]
}

/** `featureView:origin_delays` → `feature view origin_delays`. */
export function refWords(ref: string): string {
  const at = ref.indexOf(':')
  const kind = kindWords[ref.slice(0, at) as PlanChange['kind']]
  return kind === undefined ? ref : `${kind} ${ref.slice(at + 1)}`
}

/** A plan for people: every change with its versions, what differs, who is affected; then one line that sums up. */
export function renderPlan(plan: Plan, paint: Paint): string {
  const changes = plan.changes.filter(change => change.action !== 'none')
  const width = Math.max(0, ...changes.map(change => nameOf(change).length))
  const lines = changes.flatMap(change => [headLine(change, width, paint), ...detailLines(change, paint)])
  return `${lines.map(line => `${line}\n`).join('')}${planSummary(plan)}\n`
}

function nameOf(change: PlanChange): string {
  return `${kindWord(change.kind)} ${change.name}`
}

function headLine(change: PlanChange, width: number, paint: Paint): string {
  const color = {
    create: paint.green,
    update: paint.yellow,
    describe: paint.dim,
    delete: paint.red,
    none: paint.dim,
  }[change.action]
  const place = change.location === null ? '' : paint.dim(`  ${change.location}`)
  const breaking = change.breaking ? paint.red('  breaking') : ''
  const versions = `${color(`${marks[change.action]} ${change.action.padEnd(8)}`)} ${nameOf(change).padEnd(width)}  ${versionWords(change)}`
  return ` ${versions}${breaking}${place}`
}

function versionWords(change: PlanChange): string {
  return change.action === 'update' ? `v${change.version - 1} → v${change.version}` : `v${change.version}`
}

function detailLines(change: PlanChange, paint: Paint): string[] {
  return [
    ...change.diff.map(line => `     ${plain(line)}`),
    ...(change.affects.length === 0 ? [] : [`     affects ${change.affects.map(refWords).join(', ')}`]),
    ...impactLines(change),
    ...(change.contracts ? contractPlanLines(change.contracts, paint) : []),
    ...change.warnings.map(line => paint.yellow(`     warning: ${plain(line)}`)),
  ]
}

/** What filling a view takes, and who waits for it. */
function impactLines({ impact, action }: PlanChange): string[] {
  if (!impact) return []
  const { rows, bytes, seconds, onlineBytes, basis, consumers } = impact
  const parts = [
    ...(rows === null ? [] : [`${formatCount(rows)} rows`]),
    ...(bytes === null ? [] : [`${formatBytes(bytes)} of files`]),
    ...(seconds === null ? [] : [`about ${formatElapsed(seconds * 1000)}`]),
    ...(onlineBytes === null ? [] : [`${formatBytes(onlineBytes)} online`]),
  ]
  return [
    ...(parts.length === 0 ? [] : [`     to fill: ${parts.join(', ')} (${basis})`]),
    ...(action === 'create' && consumers.length > 0
      ? [`     used by ${consumers.map(refWords).join(', ')}`]
      : []),
  ]
}

/** `Plan for flights: 2 to create, 13 unchanged.`; what is zero is left out. */
export function planSummary({ project, summary }: Plan): string {
  const { create, update, describe, delete: deleted, none } = summary
  if (create + update + describe + deleted === 0)
    return `Nothing to apply: ${plural(none, 'definition')} unchanged.`
  const parts = [
    [create, 'to create'],
    [update, 'to update'],
    [describe, 'to describe anew'],
    [deleted, 'to delete'],
    [none, 'unchanged'],
  ] as const
  const words = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`)
  return `Plan for ${project}: ${words.join(', ')}.`
}

export function renderApplied({ applied, unchanged }: ApplyResult): string {
  return applied === 0
    ? `Nothing to apply: ${plural(unchanged, 'definition')} unchanged.\n`
    : `Applied ${plural(applied, 'change')}${unchanged === 0 ? '' : `, ${plural(unchanged, 'definition')} unchanged`}.\n`
}

export function hasChanges({ summary }: Plan): boolean {
  return summary.create + summary.update + summary.describe + summary.delete > 0
}
