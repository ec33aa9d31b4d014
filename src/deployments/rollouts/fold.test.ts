import { describe, expect, it } from 'vitest'
import { type FoldedRollout, foldRollout, foldRow, type RolloutRow } from './fold.ts'

const steps = [1, 5, 25]
const actors = ['person', 'rule', 'system', 'local-kill']
const weights = [undefined, 1, 5, 25, 100]
const causes = ['srm', 'capacity']

/** The table of the specification once more, written as states and who may: nothing of the fold is used. */
const table: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  none: { verify_passed: 'system' },
  verified: {
    start_shadow: 'rule person',
    first_release: 'person',
    hold: 'rule person system',
    abort: 'rule person local-kill',
  },
  shadow: { start_canary: 'rule person', hold: 'rule person system', abort: 'rule person local-kill' },
  'canary 1': {
    step_up: 'rule person',
    hold: 'rule person system',
    abort: 'rule person local-kill',
  },
  'canary 5': {
    step_up: 'rule person',
    step_down: 'rule person',
    hold: 'rule person system',
    abort: 'rule person local-kill',
  },
  'canary 25': {
    start_probation: 'rule person',
    step_down: 'rule person',
    hold: 'rule person system',
    abort: 'rule person local-kill',
  },
  probation: { confirm: 'rule person', roll_back: 'rule person local-kill', hold: 'rule person system' },
  champion: { superseded: 'system', roll_back: 'rule person' },
  retired: { reinstated: 'system' },
  aborted: {},
  rolled_back: {},
  'held srm': { resume: 'person', abort: 'rule person local-kill' },
  'held capacity': { resume: 'rule person', abort: 'rule person local-kill' },
  'held srm from probation': { resume: 'person', roll_back: 'rule person local-kill' },
  'held capacity from probation': { resume: 'rule person', roll_back: 'rule person local-kill' },
}

const events = [...new Set(Object.values(table).flatMap(Object.keys)), 'promote']

const start: FoldedRollout = { state: null, weight: 0, step: null, heldFrom: null, cause: null }

function nameOf({ state, weight, heldFrom, cause }: FoldedRollout): string {
  if (state === null) return 'none'
  if (state === 'canary') return `canary ${weight}`
  if (state !== 'held') return state
  return `held ${cause}${heldFrom === 'probation' ? ' from probation' : ''}`
}

const everyRow: readonly RolloutRow[] = events.flatMap(event =>
  actors.flatMap(actor =>
    weights.flatMap(weight =>
      (event === 'hold' ? causes : [undefined]).map(cause => ({
        event,
        actor,
        ...(weight === undefined ? {} : { weight }),
        ...(cause === undefined ? {} : { cause }),
      })),
    ),
  ),
)

/** Every state that any order of rows leads to, with every row that may follow it. */
function reachable(): readonly { before: FoldedRollout; row: RolloutRow; after: FoldedRollout | string }[] {
  const seen = new Map([[JSON.stringify(start), start]])
  const edges: { before: FoldedRollout; row: RolloutRow; after: FoldedRollout | string }[] = []
  for (const before of seen.values())
    for (const row of everyRow) {
      const after = foldRow(before, row, steps)
      edges.push({ before, row, after })
      if (typeof after !== 'string') seen.set(JSON.stringify(after), after)
    }
  return edges
}

describe('every order of events', () => {
  const edges = reachable()
  const taken = edges.flatMap(({ before, row, after }) =>
    typeof after === 'string' ? [] : [{ before, row, after }],
  )

  it('reaches every state of the table, and no other', () => {
    const states = new Set(taken.map(({ after }) => nameOf(after)))
    expect([...states, 'none'].sort()).toEqual(Object.keys(table).sort())
  })

  it('takes a row exactly where the table lets this actor', () => {
    for (const { before, row, after } of edges) {
      const named = table[nameOf(before)]?.[row.event]
      // A weight that is named may make a step that is possible illegal; see below.
      const code =
        named === undefined
          ? 'ILLEGAL_TRANSITION'
          : named.split(' ').includes(row.actor)
            ? undefined
            : 'ACTOR_NOT_ALLOWED'
      if (code === 'ACTOR_NOT_ALLOWED' || (code !== undefined && row.weight === undefined))
        expect([nameOf(before), row, after]).toEqual([nameOf(before), row, code])
      if (code === undefined && row.weight === undefined) expect(typeof after).toBe('object')
    }
  })

  it('never raises a weight while held, and skips no step', () => {
    for (const { before, after, row } of taken) {
      if (before.state === 'held' && after.state !== 'held')
        expect(after.weight).toBeLessThanOrEqual(before.weight)
      if (after.state === 'held') expect([after.weight, after.step]).toEqual([before.weight, before.step])
      if (after.state !== 'canary') continue
      if (before.state === 'canary' && row.event === 'step_up')
        expect(after.step).toBe((before.step ?? 0) + 1)
      expect(after.weight).toBe(steps[after.step ?? 0])
    }
  })

  it('has only the weights of its state', () => {
    for (const { after } of taken) {
      const own = after.state === 'held' ? after.heldFrom : after.state
      const wanted = own === 'probation' || own === 'champion' ? [100] : own === 'canary' ? steps : [0]
      expect(wanted).toContain(after.weight)
      expect(after.step !== null).toBe(own === 'canary')
    }
  })

  it('leaves the end of a rollout by nothing but a reinstatement', () => {
    const ended = taken.filter(({ before }) =>
      ['retired', 'aborted', 'rolled_back'].includes(before.state ?? ''),
    )
    expect(new Set(ended.map(({ row }) => row.event))).toEqual(new Set(['reinstated']))
  })

  it('names the events that are allowed', () => {
    const rows: RolloutRow[] = []
    for (const event of ['verify_passed', 'start_shadow', 'start_canary', 'step_up', 'hold']) {
      const {
        refused,
        refused: _,
        ...now
      } = foldRollout([...rows, { event: 'promote', actor: 'person' }], steps)
      expect([...(refused?.allowed ?? [])].sort()).toEqual(Object.keys(table[nameOf(now)] ?? {}).sort())
      rows.push({ event, actor: event === 'verify_passed' ? 'system' : 'rule' })
    }
  })
})

describe('a weight that is named', () => {
  const toSecondStep: readonly RolloutRow[] = [
    { event: 'verify_passed', actor: 'system' },
    { event: 'start_shadow', actor: 'rule' },
    { event: 'start_canary', actor: 'rule' },
    { event: 'step_up', actor: 'rule' },
  ]
  it.each([
    ['step_up', 25, 25],
    ['step_up', 100, 'ILLEGAL_WEIGHT'],
    ['step_down', 1, 1],
    ['step_down', 5, 'ILLEGAL_WEIGHT'],
    ['step_down', 3, 'ILLEGAL_WEIGHT'],
  ])('%s to %d', (event, weight, wanted) => {
    const { refused, weight: now } = foldRollout([...toSecondStep, { event, actor: 'person', weight }], steps)
    expect(refused?.code ?? now).toBe(wanted)
  })

  it('is the same again after any restart: the fold of the first rows, then of the rest', () => {
    const rows = [
      ...toSecondStep,
      { event: 'hold', actor: 'rule', cause: 'srm' },
      { event: 'resume', actor: 'person' },
    ]
    const whole = foldRollout(rows, steps)
    for (let cut = 0; cut <= rows.length; cut++) {
      const { refused: _, ...first } = foldRollout(rows.slice(0, cut), steps)
      const rest = rows
        .slice(cut)
        .reduce<FoldedRollout>((before, row) => foldRow(before, row, steps) as FoldedRollout, first)
      expect({ ...rest, refused: null }).toEqual(whole)
    }
  })
})
