import type { BatchView, PaceView, SuggestionView } from '../../api/suggestions.ts'
import { formatAgo, formatCount, formatNumber, plain, plural, table } from './text.ts'

const shown = (value: unknown) =>
  typeof value === 'number'
    ? formatNumber(value)
    : typeof value === 'string'
      ? value
      : value === null
        ? 'none'
        : JSON.stringify(value)

/** To the minute. */
export const instant = (at: string): string => `${at.slice(0, 16).replace('T', ' ')} UTC`

const bound = ({ flipsPerWeekUpper: upper }: SuggestionView) =>
  upper === null ? 'unknown' : `≤ ${formatNumber(upper)}`

/** Those of one state, the riskiest first. */
export function renderSuggestions(
  { items, next }: { readonly items: readonly SuggestionView[]; readonly next?: string | undefined },
  { state, now }: { readonly state: string; readonly now: number },
): string {
  if (items.length === 0) return `No suggestion is ${state}. fettle suggestions levels shows the rules.\n`
  const rows = items.map(each => [
    each.id,
    plain(each.title),
    `${shown(each.old)} → ${shown(each.proposed)}`,
    bound(each),
    each.matured === null ? 'unknown' : formatCount(each.matured),
    each.capHit ? `${each.level}, cap hit` : each.level,
    formatAgo(each.madeAt, now),
  ])
  const more = next === undefined ? '' : 'There are more: --limit shows up to 500.\n'
  const decide = !items.some(each => each.state === 'open')
    ? ''
    : items.every(each => each.level === 'observe')
      ? 'Only observed so far. fettle suggestions levels says how to switch a rule on.\n'
      : 'Next: fettle suggestions show ID, then accept, edit or reject it.\n'
  return `${table(['id', 'suggestion', 'change', 'flips a week', 'matured', 'level', 'made'], rows)}${more}${decide}`
}

/** One suggestion with what it rests on. */
export function renderSuggestion(each: SuggestionView): string {
  const { id, title, subject, rule, segmentClass, segment, cycle, interval, window } = each
  const where = [segmentClass, segment].filter(text => text !== '').join(' ')
  return [
    `${id}  ${plain(title)}`,
    `  ${plain(shown(each.old))} → ${plain(shown(each.proposed))}${interval === null ? '' : `, interval ${formatNumber(interval.lower)} to ${formatNumber(interval.upper)}`}${each.capHit ? ', a step cap was hit' : ''}`,
    `  by ${plain(rule)} for ${plain(subject)}${where === '' ? '' : `, ${plain(where)}`}, cycle ${plain(cycle)}`,
    `  flips a week: ${each.flipsPerWeek === null ? 'unknown' : formatNumber(each.flipsPerWeek)}, at most ${each.flipsPerWeekUpper === null ? 'unknown' : formatNumber(each.flipsPerWeekUpper)}`,
    `  rests on ${each.rows === null ? 'rows not counted' : plural(each.rows, 'row')}, ${each.matured === null ? 'unknown how many' : formatCount(each.matured)} matured`,
    ...(window.from === null
      ? []
      : [`  window ${instant(window.from)} to ${window.to === null ? 'now' : instant(window.to)}`]),
    `  ${stateLine(each)}`,
    ...(each.problem === null ? [] : [`  not applied yet: ${plain(each.problem)}`]),
    ...(each.outcome === null
      ? []
      : [
          `  judged ${instant(each.outcome.at)}: ${each.outcome.breach ? 'a contract was breached' : 'no breach'}`,
        ]),
    '',
  ].join('\n')
}

function stateLine({ state, level, decision, appliesAt, expiresAt }: SuggestionView): string {
  if (decision !== null)
    return `${state} by ${plain(decision.by)} at ${instant(decision.at)}${decision.reason === null ? '' : `: ${decision.reason}`}${decision.note === '' ? '' : ` (${plain(decision.note)})`}`
  if (state !== 'open') return state
  if (level === 'observe') return `observed only, until ${instant(expiresAt)}`
  if (appliesAt !== null) return `applied at ${instant(appliesAt)} unless somebody objects`
  return `open until ${instant(expiresAt)}`
}

const whyNot: Readonly<Record<string, string>> = {
  'rubber-stamp': 'it was decided in under 2 s',
  'not-measured': 'the time to decide was not measured',
  batch: 'it was accepted together with others',
  'own-rule': 'who wrote the rule decided',
  rule: 'the rule applied it by itself',
  'before-demotion': 'it was made before the evidence started again',
  level: 'the rule does not earn by decisions at this level',
  'same-cycle': 'this segment has counted in this cycle',
}

/** What became of it by a decision. */
export function renderDecided(each: SuggestionView): string {
  const { id, state, decision, problem } = each
  const counts =
    decision === null || decision.counts
      ? 'It counts as evidence for the rule.'
      : `It is no evidence for the rule: ${whyNot[decision.countsNot ?? ''] ?? decision.countsNot}.`
  const done =
    problem !== null
      ? ` Not applied yet: ${plain(problem)}`
      : state === 'accepted'
        ? ' It is being applied.'
        : ''
  return `${id} is ${state}. ${counts}${done}\n`
}

/** A batch with its sample and the commands that go on from it. */
export function renderBatch({ id, below, size, sample, flipsPerWeekUpper }: BatchView): string {
  const open = sample.filter(each => each.state === 'open')
  return [
    `${id}: ${plural(size, 'suggestion')} below ${formatNumber(below)} flips a week each, at most ${formatNumber(flipsPerWeekUpper)} together`,
    `Decide the sample of ${sample.length} one by one first; only these are evidence:`,
    table(
      ['id', 'suggestion', 'change', 'flips a week', 'state'],
      sample.map(each => [
        each.id,
        plain(each.title),
        `${shown(each.old)} → ${shown(each.proposed)}`,
        bound(each),
        each.state,
      ]),
    ).trimEnd(),
    open.length > 0 && sample.length === size
      ? `fettle suggestions accept ID --batch ${id}; these are all of them`
      : open.length === 0
        ? `Then the rest: fettle suggestions accept-batch ${id}`
        : `fettle suggestions accept ID --batch ${id}, then fettle suggestions accept-batch ${id}`,
    '',
  ].join('\n')
}

type Quantity = PaceView['overall']['hastyShare']
const share = (value: Quantity) =>
  typeof value === 'number' ? `${formatNumber(Math.round(value * 1000) / 10)} %` : value.undefined

/** How carefully people decided in the last 28 days. */
export function renderPace({ overall, people }: PaceView): string {
  if (overall.decisions === 0) return 'Nobody has decided anything in the last 28 days.\n'
  const row = (by: string, each: PaceView['overall']) => [
    by,
    String(each.decisions),
    share(each.hastyShare),
    typeof each.medianSeconds === 'number'
      ? `${formatNumber(each.medianSeconds)} s`
      : each.medianSeconds.undefined,
    share(each.batchShare),
  ]
  return table(
    ['who', 'decisions', 'under 2 s', 'median', 'in batches'],
    [...people.map(each => row(each.by, each)), row('all', overall)],
  )
}
