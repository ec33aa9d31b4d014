import type { RefusalReason, SuggestionView } from '../../../api/suggestions.ts'
import { formatNumber, formatValue } from '../../format.ts'

export const reasonWords: Readonly<Record<RefusalReason, string>> = {
  'wrong-value': 'the value is wrong',
  'bad-data': 'the data are bad',
  'known-event': 'a known event explains it',
  'bad-timing': 'not now',
  'too-risky': 'too risky',
  'not-needed': 'not needed',
  policy: 'against a policy',
  other: 'other: the note says which',
}

/** Why a decision is no evidence for the rule. */
export const countsNotWords: Readonly<Record<string, string>> = {
  'rubber-stamp': 'decided in under 2 s',
  'not-measured': 'the time to decide was not measured',
  batch: 'accepted together with others',
  'own-rule': 'decided by who wrote the rule',
  rule: 'applied by the rule itself',
  'before-demotion': 'made before the evidence started again',
  level: 'the rule does not earn by decisions at this level',
  'same-cycle': 'this segment has counted in this cycle',
}

/** `0.5 → 0.6`. */
export function changeText({ old, proposed }: Pick<SuggestionView, 'old' | 'proposed'>): string {
  return `${valueText(old)} → ${valueText(proposed)}`
}

export function valueText(value: unknown): string {
  return value === null || value === undefined ? 'none' : formatValue(value)
}

export function upperText({ flipsPerWeekUpper: upper }: SuggestionView): string {
  return upper === null ? 'unknown' : `≤ ${formatNumber(upper, 3)}`
}

/** `deployment:late` → `deployment late`. */
export function subjectText(subject: string): string {
  return subject.replace(':', ' ')
}

export function whereText({ subject, rule, segmentClass, segment }: SuggestionView): string {
  const place = [segmentClass, segment].filter(text => text !== '').join(' ')
  return `${rule} on ${subjectText(subject)}${place === '' ? '' : `, ${place}`}`
}
