import type { LadderStep, Standing, Suggestion } from '../../src/governance/index.ts'
import { FettleError } from '../../src/kernel/errors/index.ts'
import type { Services } from '../../src/server/services.ts'
import { now } from './sample-records.ts'
import { proposalOf } from './sample-suggestions.ts'

const suggestion: Suggestion = {
  ...proposalOf({ expiresAt: now + 1n }),
  ...{ id: 'sug_1', level: 'suggest', era: 0, madeAt: now, appliesAt: null, state: 'open' },
  ...{ decision: null, appliedAt: null, problem: null, outcome: null },
}
const none = { count: 0, good: 0, cycles: 0, look: null }
const ladder: Standing = {
  ...{
    subject: 'deployment:late',
    rule: 'fpr',
    segmentClass: 'airport',
    ruleHash: 'sha256:1',
    ruleBy: 'mila',
  },
  ...{ level: 'suggest', since: now, era: 0, decisions: none, windows: none, judged: 0 },
  ...{ offer: null, declined: null, next: { to: 'veto', look: 29 }, conditions: [] },
}
const step: LadderStep = {
  ...{ at: now, by: 'rule:fpr', what: 'started', from: 'observe', to: 'observe', why: 'first' },
  evidence: { decisions: none, windows: none, judged: 0 },
}

/** One open suggestion of one rule, and one batch of it. */
export function fakeSuggestions(called: (name: string, args: unknown) => void): Services['suggestions'] {
  const known = (id: string) => {
    if (id !== suggestion.id) throw new FettleError('SUGGESTION_UNKNOWN', `there is no suggestion ${id}`)
    return suggestion
  }
  const batch = {
    ...{ id: 'bat_1', by: 'local', at: now, below: 9, subject: null, flipsPerWeekUpper: 5 },
    ...{ members: ['sug_1'], sample: ['sug_1'], state: 'open' as const, accepted: 0, drawn: [suggestion] },
  }
  const pace = { decisions: 1, measured: 0, hasty: 0, batchShare: 0 }
  const unmeasured = { undefined: 'no time was measured' }
  return {
    propose: async proposals => {
      called('propose', proposals)
      return [suggestion]
    },
    report: async about => {
      called('report', about)
      return [ladder]
    },
    judge: async (id, outcome) => {
      called('judge', outcome)
      return known(id)
    },
    list: async () => ({ items: [suggestion] }),
    get: async id => known(id),
    counts: async () => ({}),
    decide: async (id, decided, principal) => {
      called('decideSuggestion', { id, decided, principal })
      return known(id)
    },
    startBatch: async () => batch,
    batch: async () => batch,
    acceptBatch: async () => ({ batch: { ...batch, state: 'accepted' }, skipped: [] }),
    levels: async () => [ladder],
    changeLevel: async (key, change) => {
      called('changeLevel', { key, change })
      return ladder
    },
    history: async () => [step],
    pace: async () => ({
      overall: { ...pace, hastyShare: unmeasured, medianSeconds: unmeasured },
      people: [],
    }),
  }
}
