import type { DeploymentRolloutsView, DrillReportView, RolloutView } from '../../api/rollouts.ts'
import type { Paint } from '../io.ts'
import { plain, table } from './text.ts'

const barWidth = 50

const shades = {
  ...{ champion: '█', challenger: '▓', control: '▒', holdback: '░', fallback: '·', closed: '×' },
} as const

const time = (at: string): string => at.slice(0, 19).replace('T', ' ')
const percent = (share: number): string => `${Number(share.toFixed(2))} %`

/** One bar for all traffic; every arm that has any is at least one cell wide. */
export function trafficBar(traffic: DeploymentRolloutsView['traffic']): string {
  if (traffic.length === 0) return '(nothing serves)\n'
  const wide = traffic.map(share => ({
    ...share,
    cells: Math.max(1, Math.round((share.percent * barWidth) / 100)),
  }))
  const over = wide.reduce((sum, { cells }) => sum + cells, 0) - barWidth
  const widest = wide.reduce((most, each) => (each.cells > most.cells ? each : most))
  const bar = wide
    .map(each => shades[each.arm].repeat(each === widest ? each.cells - over : each.cells))
    .join('')
  const legend = traffic.map(
    ({ arm, release, percent: share }) =>
      `${shades[arm]} ${arm}${release === null ? '' : ` release ${release}`} ${percent(share)}`,
  )
  return `${bar}\n${legend.join('   ')}\n`
}

export function renderRollouts(view: DeploymentRolloutsView): string {
  const { kill, incident, rollouts, traffic } = view
  return [
    trafficBar(traffic),
    kill === null
      ? ''
      : `Kill level ${kill.level} since ${time(kill.at)} by ${kill.by}${kill.local ? ', set on the serving host' : ''}: ${plain(kill.reason)}\n`,
    incident === null ? '' : incidentText(view, incident),
    '\n',
    rollouts.length === 0
      ? 'No rollouts yet: fettle deploy starts one where the deployment declares it.\n'
      : table(
          ['rollout', 'release', 'state', 'weight', 'since', 'by', 'reason'],
          rollouts.map(each => [
            each.id,
            String(each.release.number),
            each.heldFrom === null ? each.state : `held from ${each.heldFrom}`,
            percent(each.weight),
            time(each.since),
            each.by,
            each.reason,
          ]),
        ),
  ].join('')
}

function incidentText(
  { deployment }: DeploymentRolloutsView,
  { at, reason }: NonNullable<DeploymentRolloutsView['incident']>,
): string {
  return `Incident since ${time(at)}: ${plain(reason)}. Nothing starts by rule until it is closed: fettle rollout incident close ${deployment} --reason …\n`
}

/** Stage, weights, guards with numbers, what comes next and when. */
export function renderRollout(
  view: RolloutView,
  traffic: DeploymentRolloutsView['traffic'],
  paint: Paint,
): string {
  const { release, deployment, champion, state, heldFrom, cause, id, guards, routers, rows } = view
  const beside = champion === null ? '' : ` beside release ${champion.number}`
  const held = heldFrom === null ? '' : ` (from ${heldFrom}: ${cause})`
  return [
    `${deployment} release ${release.number} (${release.model} v${release.modelVersion})${beside}\n`,
    `${stages(view, paint)}${held}\n`,
    trafficBar(traffic),
    `\n${plain(view.outlook)}\n`,
    guards.length === 0 ? '' : `\n${guardLines(guards, paint)}`,
    evidenceLines(view),
    view.approvals.required === 0
      ? ''
      : `\nApproved by ${view.approvals.given.map(({ by }) => by).join(', ') || 'nobody'}; ${view.approvals.required} needed\n`,
    routers.length === 0
      ? ''
      : `\nRouters: ${routers.filter(({ current }) => current).length} of ${routers.length} follow the last row\n`,
    `\n${table(
      ['row', 'at', 'event', 'weight', 'by', 'reason'],
      rows.map(row => [
        String(row.seq),
        time(row.at),
        row.event,
        percent(row.weight),
        row.actor.name,
        row.reason,
      ]),
    )}`,
    `\nRollout ${id}, ${state} since ${time(view.since)}\n`,
  ].join('')
}

const stageNames = ['verified', 'shadow', 'canary', 'probation', 'champion'] as const

function stages({ state, heldFrom, weight, endedAt }: RolloutView, paint: Paint): string {
  if (endedAt !== null) return state
  const own = state === 'held' ? heldFrom : state
  const names: readonly (string | null)[] = stageNames
  const at = names.indexOf(own)
  return stageNames
    .map((name, index) => {
      const text = name === 'canary' && own === 'canary' ? `canary ${percent(weight)}` : name
      return index === at ? paint.bold(`[${text}]`) : index < at ? paint.green(text) : paint.dim(text)
    })
    .join(' → ')
}

function guardLines(guards: RolloutView['guards'], paint: Paint): string {
  return guards
    .map(({ title, holds, now, needed, when }) => {
      const mark = holds ? paint.green('holds') : paint.yellow('waits')
      const due = holds || when === null ? '' : ` (${time(when)})`
      return `${mark}  ${title.padEnd(30)} ${plain(now)}; needed ${plain(needed)}${due}\n`
    })
    .join('')
}

function evidenceLines({ evidence }: RolloutView): string {
  if (evidence === null) return ''
  const { answers, coverage, harm, notes } = evidence
  const pairs = coverage === null ? '' : `, ${coverage.pairs} pairs of ${coverage.eligible}`
  const cells = harm
    .filter(({ status }) => status === 'protected')
    .slice(0, 8)
    .map(
      ({ metric, slice, n, p, harmed }) =>
        `  ${harmed ? 'harmed ' : 'no harm'}  ${metric} on ${slice}: n ${n}, p ${typeof p === 'number' ? Number(p.toPrecision(2)) : p.undefined}\n`,
    )
  return [
    `\nMeasured ${time(evidence.at)}: ${answers.champion} answers by the champion, ${answers.challenger} by it${pairs}\n`,
    ...cells,
    ...notes.slice(0, 5).map(note => `  ${plain(note)}\n`),
  ].join('')
}

export function renderDrill({ deployment, from, to, ...report }: DrillReportView): string {
  const { flippedMs, requests, failed, lost, limitMs, ok } = report
  return [
    `${deployment}: rollback of release ${from} to ${to}, rehearsed in a copy\n`,
    `command → last answer of the old release  ${Math.round(flippedMs)} ms (at most ${limitMs})\n`,
    `requests ${requests}, failed ${failed}, predictions lost ${lost}\n`,
    ok
      ? 'It would work.\n'
      : 'It would not work as promised: look at the serving process before you need it.\n',
  ].join('')
}
