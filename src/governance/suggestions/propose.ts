import { canonicalJson } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { newId } from '../../kernel/ids.ts'
import { parseDuration } from '../../kernel/time.ts'
import { type Ladder, newLadder } from './ladder.ts'
import type { Proposal, Suggestion, SuggestionState } from './model.ts'
import { keepStep, type SuggestionAct, stepLadder, suggestionEvent } from './record.ts'

const defaultVetoWindow = parseDuration('24h')

/**
 * Takes what rules propose: all of it or nothing. The same proposal for the same segment and cycle again gives the
 * suggestion there is; an older open one is superseded. Throws SUGGESTION_INVALID.
 */
export async function propose(
  act: SuggestionAct,
  proposals: readonly Proposal[],
): Promise<readonly Suggestion[]> {
  assertProposals(act, proposals)
  const given = new Map<Proposal, Suggestion>()
  const made: Suggestion[] = []
  const outdated: Suggestion[] = []
  for (const group of grouped(proposals)) {
    const taken = await takeGroup(act, group)
    for (const [proposal, suggestion] of taken.given) given.set(proposal, suggestion)
    made.push(...taken.made)
    outdated.push(...taken.outdated)
  }
  const { suggestions, audit } = act.stores
  await suggestions.supersede(outdated.map(({ id }) => id))
  await suggestions.insertSuggestions(made)
  await audit.appendAll([
    ...outdated.map(each => suggestionEvent(act, each, { action: 'superseded' })),
    ...made.map(each =>
      suggestionEvent(act, each, {
        action: each.state === 'open' ? 'proposed' : 'accepted',
        details: { old: each.old, proposed: each.proposed, capHit: each.capHit },
      }),
    ),
  ])
  return proposals.flatMap(proposal => given.get(proposal) ?? [])
}

/** By ladder and cycle, in the order of their first ones. */
function grouped(proposals: readonly Proposal[]): readonly (readonly Proposal[])[] {
  const nameOf = (each: Proposal) => JSON.stringify([each.subject, each.rule, each.segmentClass, each.cycle])
  return [...groupBy(proposals, nameOf).values()]
}

function groupBy<Item>(items: readonly Item[], nameOf: (item: Item) => string): ReadonlyMap<string, Item[]> {
  const groups = new Map<string, Item[]>()
  for (const item of items) {
    const group = groups.get(nameOf(item))
    if (group === undefined) groups.set(nameOf(item), [item])
    else group.push(item)
  }
  return groups
}

const isWaiting = (state: SuggestionState) => state === 'accepted' || state === 'edited'

interface Taken {
  readonly given: readonly (readonly [Proposal, Suggestion])[]
  readonly made: readonly Suggestion[]
  readonly outdated: readonly Suggestion[]
}

/** Proposals of one ladder and cycle: which of them are new, and what they replace. */
async function takeGroup(act: SuggestionAct, group: readonly Proposal[]): Promise<Taken> {
  const [first] = group
  if (first === undefined) return { given: [], made: [], outdated: [] }
  const { subject, rule, segmentClass, cycle } = first
  const place = { subject, rule, segmentClass, cycle }
  const alone = group.length === 1 ? { segment: first.segment } : {}
  const related = groupBy(
    await act.stores.suggestions.relatedSuggestions({ ...place, ...alone }),
    ({ segment }) => segment,
  )
  const before = new Map(
    group.flatMap(each => {
      const same = related.get(each.segment)?.find(other => isSame(other, each))
      return same === undefined ? [] : [[each, same] as const]
    }),
  )
  const fresh = group.filter(each => !before.has(each))
  const ladder = await ladderFor(act, first, fresh)
  const made = fresh.map(each => [each, suggested(act, each, ladder)] as const)
  // A rule that acts by itself also replaces what was decided and is not applied yet: it must not come after.
  const replaces = ({ state }: Suggestion) =>
    state === 'open' || (ladder.level === 'auto' && isWaiting(state))
  const outdated = fresh.flatMap(each =>
    (related.get(each.segment) ?? []).filter(other => other.appliedAt === null && replaces(other)),
  )
  return { given: [...before, ...made], made: made.map(([, each]) => each), outdated }
}

/** The ladder as it stands once these are known: other code and a capped value put it back. */
async function ladderFor(act: SuggestionAct, first: Proposal, fresh: readonly Proposal[]): Promise<Ladder> {
  const { suggestions } = act.stores
  const { ruleHash, ruleBy, rule } = first
  let ladder = await suggestions.findLadder(first)
  if (ladder === undefined) {
    ladder = newLadder(first, { ruleHash, ruleBy }, act.at)
    await suggestions.putLadder(ladder)
    await keepStep(act, { what: 'started', before: ladder, after: ladder, why: 'its first suggestion' })
  }
  if (ladder.ruleHash !== ruleHash)
    ladder = await stepLadder(act, ladder, {
      event: { type: 'rule-changed', ruleHash },
      why: `the code of ${rule} has changed`,
    })
  if (ladder.ruleBy !== ruleBy) {
    ladder = { ...ladder, ruleBy }
    await suggestions.putLadder(ladder)
  }
  const capped = fresh.find(({ capHit }) => capHit)
  if (capped === undefined) return ladder
  return stepLadder(act, ladder, {
    event: { type: 'alarm', what: 'cap-hit' },
    why: `cap hit: ${capped.title}`,
  })
}

function isSame(each: Suggestion, proposal: Proposal): boolean {
  return (
    each.cycle === proposal.cycle &&
    each.ruleHash === proposal.ruleHash &&
    each.state !== 'superseded' &&
    canonicalJson(each.proposed) === canonicalJson(proposal.proposed)
  )
}

function suggested(act: SuggestionAct, proposal: Proposal, ladder: Ladder): Suggestion {
  const { vetoWindow = defaultVetoWindow, ...content } = proposal
  const automatic = ladder.level === 'auto'
  const state: SuggestionState = automatic ? 'accepted' : 'open'
  return {
    ...content,
    id: newId('sug'),
    ...{ level: ladder.level, era: ladder.era, state },
    madeAt: act.at,
    appliesAt: ladder.level === 'veto' ? act.at + vetoWindow : null,
    decision: automatic ? byRule(act, proposal.rule, 'applied by itself') : null,
    ...{ appliedAt: null, problem: null, outcome: null },
  }
}

/** What a rule does in its own name is never evidence of what people think of it. */
export function byRule({ at }: SuggestionAct, rule: string, note: string) {
  return {
    ...{ by: `rule:${rule}`, at, reason: null, note, value: null, seconds: null, batch: null },
    ...{ counts: false, countsNot: 'rule' as const },
  }
}

const longest = 200

/** Throws SUGGESTION_INVALID: one that is none, two for a segment in a cycle, one rule with two codes or authors. */
function assertProposals(act: SuggestionAct, proposals: readonly Proposal[]): void {
  for (const proposal of proposals) assertProposal(act, proposal)
  for (const group of grouped(proposals)) {
    const [first] = group
    const other = group.find(each => each.ruleHash !== first?.ruleHash || each.ruleBy !== first?.ruleBy)
    if (other !== undefined)
      throw new FettleError('SUGGESTION_INVALID', `${other.rule} proposes with two codes or authors at once`)
    const seen = new Set<string>()
    for (const { segment, rule } of group)
      if (seen.size === seen.add(segment).size)
        throw new FettleError(
          'SUGGESTION_INVALID',
          `${rule} proposes twice for ${segment.slice(0, 80) || 'the whole'} in one cycle`,
        )
  }
}

function assertProposal({ at }: SuggestionAct, proposal: Proposal): void {
  const { subject, rule, segmentClass, segment, cycle, ruleHash, ruleBy, expiresAt } = proposal
  const names = { subject, rule, ruleHash, cycle, ruleBy }
  const empty = Object.entries(names).find(([, text]) => text === '')
  const long = Object.entries({ ...names, segmentClass, segment }).find(([, text]) => text.length > longest)
  const upper = proposal.flipsPerWeekUpper
  const fault =
    empty !== undefined
      ? `${empty[0]} is empty`
      : long !== undefined
        ? `${long[0]} is longer than ${longest} characters`
        : expiresAt <= at
          ? 'it has expired before it is made'
          : upper !== null && !(upper >= 0 && upper < Number.POSITIVE_INFINITY)
            ? `flipsPerWeekUpper is ${upper}, not a number from 0 on`
            : undefined
  if (fault === undefined) return
  throw new FettleError(
    'SUGGESTION_INVALID',
    `a suggestion of ${rule.slice(0, 80) || 'a rule'} for ${segment.slice(0, 80) || 'the whole'}: ${fault}`,
  )
}
