import type { AutonomyHistory, StandingView } from '../../api/suggestions.ts'
import { instant } from './suggestions.ts'
import { formatNumber, plain, table } from './text.ts'

const rounded = (value: number) => formatNumber(Math.round(value * 1e4) / 1e4)

const names = { bound: 'lower bound', cycles: 'cycles', judged: 'applied and judged well' } as const

/** What is missing for the next level, in words. */
function missing(standing: StandingView): string {
  const { level, offer, next, conditions, decisions, windows } = standing
  const which = [standing.subject, standing.rule, standing.segmentClass].filter(text => text !== '').join(' ')
  if (level === 'observe') return `a person switches it on: fettle suggestions switch-on ${which}`
  if (offer !== null) return `${offer} is offered: fettle suggestions raise ${which} --reason WHY`
  if (next.to === null) return 'nothing: it is at the top'
  const open = conditions
    .filter(({ met }) => !met)
    .map(({ name, have, need }) => `${names[name]} ${have === null ? '–' : rounded(have)}/${rounded(need)}`)
  const { count } = level === 'veto' ? windows : decisions
  const look = next.look === null ? '' : `, next look at ${next.look} (now ${count})`
  return `${next.to}: ${open.length === 0 ? 'the offer was declined' : open.join(', ')}${look}`
}

/** Where every rule stands; what the next level asks for below each. */
export function renderLevels(items: readonly StandingView[]): string {
  if (items.length === 0) return 'No rule has suggested anything yet.\n'
  return items
    .map(each => {
      const { count, good } = each.level === 'veto' ? each.windows : each.decisions
      const where = each.segmentClass === '' ? 'all' : each.segmentClass
      const evidence =
        each.level === 'veto'
          ? `${good} of ${count} windows passed`
          : `${good} of ${count} accepted, ${each.judged} judged well`
      return [
        `${plain(each.subject)} ${plain(each.rule)} ${plain(where)}: ${each.level} since ${each.since.slice(0, 10)}`,
        ...(each.level === 'observe' ? [] : [`  evidence: ${evidence}`]),
        `  next: ${missing(each)}`,
        '',
      ].join('\n')
    })
    .join('')
}

/** How a rule earned and lost its autonomy. */
export function renderHistory(items: AutonomyHistory['items']): string {
  return table(
    ['at', 'what', 'level', 'by', 'why', 'evidence then'],
    items.map(({ at, what, from, to, by, why, evidence }) => [
      instant(at),
      what,
      from === to ? to : `${from} → ${to}`,
      plain(by),
      plain(why),
      evidenceText(evidence),
    ]),
  )
}

function evidenceText({ decisions, windows, judged }: AutonomyHistory['items'][number]['evidence']): string {
  const parts = [
    ...(decisions.count > 0 ? [`${decisions.good}/${decisions.count} accepted`] : []),
    ...(windows.count > 0 ? [`${windows.good}/${windows.count} windows`] : []),
    ...(judged > 0 ? [`${judged} judged well`] : []),
  ]
  return parts.join(', ') || 'none'
}
