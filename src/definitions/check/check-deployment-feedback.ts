import { isName } from '../../kernel/ids.ts'
import type { FeedbackData } from '../rollout-terms.ts'
import { checkDuration, type Report } from './problem.ts'

/** What may be said of predictions: names that callers can send, values that can be told right from wrong. */
export function checkFeedback(kinds: readonly FeedbackData[], report: Report): void {
  kinds.forEach((kind, at) => {
    const path = `feedback[${at}]`
    const wrong = (member: string, message: string, hint: string) =>
      report({ code: 'BAD_PARAMETER', path: `${path}.${member}`, message, hint })
    if (!isName(kind.name))
      wrong(
        'name',
        `"${kind.name}" is no name`,
        'A name is a lower-case letter, then letters, digits, _ and -.',
      )
    if (kinds.findIndex(({ name }) => name === kind.name) < at)
      wrong('name', `"${kind.name}" is declared twice`, 'Callers tell kinds apart by their names.')
    checkDuration(kind.within, `${path}.within`, report)
    checkRange(kind, wrong)
    checkSources(kind, wrong)
  })
}

type Wrong = (member: string, message: string, hint: string) => void

function checkRange({ name, is, range }: FeedbackData, wrong: Wrong): void {
  if (!range) return
  if (is !== 'outcome')
    wrong(
      'range',
      `"${name}" has a range and is a ${is}`,
      'Labels of two classes are 0 or 1; only an outcome has a range.',
    )
  else if (!(Number.isFinite(range.from) && Number.isFinite(range.to) && range.from < range.to))
    wrong('range', `${range.from} … ${range.to} is no range`, 'Give finite bounds, from below to.')
}

function checkSources({ sources }: FeedbackData, wrong: Wrong): void {
  if (sources === undefined) return
  if (sources.length === 0)
    wrong(
      'sources',
      'no source is listed, so nothing would count',
      'List sources, the most trusted first, or leave it out.',
    )
  const odd = sources.find((source, at) => !isName(source) || sources.indexOf(source) < at)
  if (odd !== undefined)
    wrong('sources', `"${odd}" is no name, or is listed twice`, 'A source is a name, listed once.')
}
