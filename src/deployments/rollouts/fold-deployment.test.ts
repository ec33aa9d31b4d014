import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bucketCount } from '../../kernel/assignment.ts'
import {
  emptyLog,
  type FoldedDeployment,
  foldDeployment,
  leaseHolder,
  type RowDraft,
} from './fold-deployment.ts'
import { chainFaults, nextRow } from './log.ts'
import type { RolloutLogRow, RolloutTerms } from './model.ts'
import { killOf, routingOf, trafficOf } from './routing.ts'

const terms: RolloutTerms = {
  shadow: '1h',
  shadowShare: 1,
  shadowFeatures: 'same',
  canary: [1, 5],
  stepTime: ['1h', '1h'],
  probation: '1d',
  standby: '1d',
  probationLimit: '2d',
  look: '1s',
  unit: ['user'],
  advance: 'rule',
  approvals: 0,
  pins: [],
  exclude: [],
  holdback: null,
}

interface Logged {
  readonly rows: readonly RolloutLogRow[]
  readonly folded: FoldedDeployment
}

const empty: Logged = { rows: [], folded: emptyLog('late') }
type Said = Pick<RowDraft, 'event'> & Partial<RowDraft>

function draftOf({ folded }: Logged, said: Said): RowDraft {
  return {
    rollout: null,
    release: said.rollout == null ? null : Number(said.rollout.slice(4)),
    digest: said.rollout == null ? null : `sha256:${said.rollout}`,
    actor: { kind: 'person', name: 'mila' },
    reasonCode: 'person',
    reason: 'asked',
    contractSet: null,
    at: BigInt(folded.seq + 1) * 1_000_000n,
    ...said,
  }
}

/** The log with the row, or undefined where it cannot follow. */
function add(log: Logged, said: Said): Logged | undefined {
  const made = nextRow(log.folded, draftOf(log, said))
  return 'row' in made ? { rows: [...log.rows, made.row], folded: made.after } : undefined
}

function addAll(log: Logged, ...said: readonly Said[]): Logged {
  return said.reduce((before, each) => {
    const after = add(before, each)
    if (after === undefined) throw new Error(`${each.event} of ${each.rollout} was refused`)
    return after
  }, log)
}

const system = { kind: 'system' as const, name: 'system' }
const champion = addAll(empty, { event: 'terms_set', terms }, { event: 'replaced', rollout: 'rol_0' })
const verified = (rollout: string): Said => ({ event: 'verify_passed', rollout, actor: system })
const toCanary = (rollout: string): readonly Said[] => [
  verified(rollout),
  { event: 'start_shadow', rollout },
  { event: 'start_canary', rollout },
]

const each = ['rol_1', 'rol_2']
const everything: readonly Said[] = [
  ...each.flatMap(rollout => [
    verified(rollout),
    ...(['start_shadow', 'start_canary', 'step_up', 'start_probation', 'confirm', 'resume'] as const).map(
      event => ({ event, rollout }),
    ),
    ...(['abort', 'roll_back', 'step_down', 'first_release'] as const).map(event => ({ event, rollout })),
    { event: 'hold' as const, rollout, reasonCode: 'sample-ratio' },
    ...(['superseded', 'reinstated'] as const).map(event => ({ event, rollout, actor: system })),
  ]),
  { event: 'superseded', rollout: 'rol_0', actor: system },
  { event: 'reinstated', rollout: 'rol_0', actor: system },
  { event: 'roll_back', rollout: 'rol_0' },
  { event: 'kill_set', kill: 'challengers' },
  { event: 'kill_set', kill: 'model', actor: { kind: 'local-kill', name: 'root' } },
  { event: 'kill_lifted' },
]

/** What must hold of every log that can be written. */
function assertSound({ rows, folded }: Logged): void {
  const owners = new Uint8Array(bucketCount)
  for (const buckets of folded.ranges.arms.values())
    for (const bucket of buckets) {
      expect(owners[bucket]).toBe(0)
      owners[bucket] = 1
    }
  const beyond = [...folded.rollouts.values()].filter(({ now: { state, heldFrom, step } }) => {
    const own = state === 'held' ? heldFrom : state
    return own === 'probation' || (own === 'canary' && (step ?? 0) > 0)
  })
  expect(beyond.length).toBeLessThanOrEqual(1)
  expect(beyond[0]).toBe(leaseHolder(folded))
  const share = trafficOf(folded).reduce((sum, { percent }) => sum + percent, 0)
  if (routingOf(folded)) expect(share).toBeCloseTo(100, 9)
  for (const [arm, buckets] of folded.ranges.arms) {
    const now = folded.rollouts.get(arm)?.now
    if (now === undefined) continue
    const own = now.state === 'held' ? now.heldFrom : now.state
    expect(['canary', 'probation']).toContain(own)
    if (own === 'canary') expect(buckets.length).toBe((now.weight * bucketCount) / 100)
  }
  expect(rows.at(-1)?.hash ?? null).toBe(folded.hash)
}

const keyOf = ({ folded }: Logged): string =>
  JSON.stringify([
    [...folded.rollouts].map(([id, { now, warm }]) => [id, now, warm]),
    folded.champion,
    [...folded.ranges.arms].map(([arm, own]) => [arm, own.length]),
    killOf(folded),
    folded.kill?.level,
  ])

describe('the log of a deployment with two challengers, kills and holds', () => {
  it('is sound in the states that up to seven rows after a champion lead to, breadth first, 400 a level', {
    timeout: 60_000,
  }, () => {
    let level = [champion]
    const seen = new Set([keyOf(champion)])
    for (let depth = 0; depth < 7; depth++) {
      const next: Logged[] = []
      for (const before of level)
        for (const said of everything) {
          const after = add(before, said)
          if (after === undefined || seen.has(keyOf(after))) continue
          seen.add(keyOf(after))
          assertSound(after)
          next.push(after)
        }
      level = next.slice(0, 400)
    }
    expect(seen.size).toBeGreaterThan(500)
  })

  it('gives the same weights replayed from every row boundary', () => {
    const walks = fc.array(fc.nat(everything.length - 1), { minLength: 10, maxLength: 60 })
    fc.assert(
      fc.property(walks, walk => {
        let log = champion
        const states: FoldedDeployment[] = []
        for (const at of walk) {
          const after = add(log, everything[at] as Said)
          if (after === undefined) continue
          assertSound(after)
          log = after
          states.push(log.folded)
        }
        const stored = log.rows.map(row => structuredClone(row))
        for (const [index, live] of states.entries()) {
          const replayed = foldDeployment('late', stored.slice(0, index + champion.rows.length + 1))
          expect(routingOf(replayed)).toEqual(routingOf(live))
          expect(replayed).toEqual(live)
        }
        expect(chainFaults(stored)).toEqual([])
      }),
      { numRuns: 40 },
    )
  })

  it('changes no weight without a row about it', () => {
    const [one, two] = each as [string, string]
    const both = addAll(champion, ...toCanary(one), ...toCanary(two))
    const after = addAll(both, { event: 'step_up', rollout: one })
    expect(after.folded.ranges.arms.get(two)).toEqual(both.folded.ranges.arms.get(two))
    expect(routingOf(after.folded)?.routing.arms).toEqual([
      {
        arm: 'challenger',
        digest: 'sha256:rol_1',
        ranges: [
          [0, 100],
          [200, 600],
        ],
      },
      { arm: 'control', digest: 'sha256:rol_0', ranges: [[9_900, 10_000]] },
      { arm: 'challenger', digest: 'sha256:rol_2', ranges: [[100, 200]] },
    ])
  })

  it('lets one rollout beyond the first step', () => {
    const log = addAll(champion, ...toCanary('rol_1'), ...toCanary('rol_2'), {
      event: 'step_up',
      rollout: 'rol_1',
    })
    expect(nextRow(log.folded, draftOf(log, { event: 'step_up', rollout: 'rol_2' }))).toMatchObject({
      code: 'LEASE_TAKEN',
      holder: { id: 'rol_1' },
    })
  })

  it('begins an epoch with a canary beside which there is no other', () => {
    const first = addAll(champion, ...toCanary('rol_1'))
    expect(routingOf(first.folded)?.routing.salt).toBe('late-1')
    const beside = addAll(first, ...toCanary('rol_2'))
    expect(routingOf(beside.folded)?.routing.salt).toBe('late-1')
    const alone = addAll(
      beside,
      { event: 'abort', rollout: 'rol_1' },
      { event: 'abort', rollout: 'rol_2' },
      ...toCanary('rol_3'),
    )
    expect(alone.folded.ranges.arms.get('rol_3')?.[0]).toBe(0)
    expect(routingOf(alone.folded)?.routing.salt).toBe('late-2')
  })

  it('gives a rollout in probation everything a held sibling does not own, and keeps the former champion warm', () => {
    const log = addAll(
      champion,
      ...toCanary('rol_1'),
      ...toCanary('rol_2'),
      { event: 'step_up', rollout: 'rol_1' },
      { event: 'hold', rollout: 'rol_2', reasonCode: 'champion-changing' },
      { event: 'start_probation', rollout: 'rol_1' },
    )
    expect(trafficOf(log.folded).map(({ arm, release, percent }) => [arm, release, percent])).toEqual([
      ['challenger', 1, 99],
      ['challenger', 2, 1],
    ])
    expect(routingOf(log.folded)?.routing.shadows).toMatchObject([
      { kind: 'reverse-shadow', digest: 'sha256:rol_0', of: 'challenger', share: 10_000 },
    ])
    const done = addAll(
      log,
      { event: 'confirm', rollout: 'rol_1' },
      { event: 'superseded', rollout: 'rol_0', actor: system },
    )
    expect(routingOf(done.folded)).toMatchObject({
      digest: 'sha256:rol_1',
      routing: { warm: ['sha256:rol_0'], shadows: [{ kind: 'reverse-shadow', of: 'champion' }] },
    })
    const back = addAll(
      done,
      { event: 'roll_back', rollout: 'rol_1' },
      { event: 'reinstated', rollout: 'rol_0', actor: system },
    )
    expect(routingOf(back.folded)?.digest).toBe('sha256:rol_0')
  })

  it('answers with the fallback where a champion is taken back and nobody was before it', () => {
    const only = addAll(empty, { event: 'terms_set', terms }, verified('rol_1'), {
      event: 'first_release',
      rollout: 'rol_1',
    })
    expect(routingOf(only.folded)).toMatchObject({ digest: 'sha256:rol_1', routing: { arms: [] } })
    const taken = addAll(only, { event: 'roll_back', rollout: 'rol_1' })
    expect(routingOf(taken.folded)?.killed).toBe('model')
    expect(trafficOf(taken.folded)).toMatchObject([{ arm: 'fallback', percent: 100 }])
  })

  it('lets a kill on a host outrank one that is set here, until a person lifts it', () => {
    const local = { kind: 'local-kill' as const, name: 'root' }
    const log = addAll(
      champion,
      { event: 'kill_set', kill: 'closed', actor: local },
      { event: 'kill_set', kill: 'challengers' },
    )
    expect(routingOf(log.folded)?.killed).toBe('closed')
    expect(killOf(addAll(log, { event: 'kill_lifted', actor: local }).folded)).toBe('challengers')
    expect(killOf(addAll(log, { event: 'kill_lifted' }).folded)).toBe(null)
  })

  it('lets a control arm make room for a step that needs its buckets', () => {
    const wide = addAll(
      empty,
      { event: 'terms_set', terms: { ...terms, canary: [10, 95] } },
      { event: 'replaced', rollout: 'rol_0' },
      ...toCanary('rol_1'),
    )
    expect(trafficOf(wide.folded)).toMatchObject([
      { arm: 'challenger', percent: 10 },
      { arm: 'control', percent: 10 },
      { arm: 'champion', percent: 80 },
    ])
    expect(trafficOf(addAll(wide, { event: 'step_up', rollout: 'rol_1' }).folded)).toMatchObject([
      { arm: 'challenger', percent: 95 },
      { arm: 'champion', percent: 5 },
    ])
  })
})

describe('a log that was touched', () => {
  const rows = addAll(champion, ...toCanary('rol_1')).rows

  it('names the row that was altered, left out or put in', () => {
    const altered = rows.map(row => (row.seq === 3 ? { ...row, reason: 'another' } : row))
    expect(chainFaults(altered)).toEqual(['row 3 was altered: its hash is another one'])
    expect(chainFaults(rows.filter(({ seq }) => seq !== 3))).toEqual(['row 4 does not follow row 2'])
    expect(chainFaults(rows)).toEqual([])
  })

  it('is not folded', () => {
    const raised = rows.map(row => (row.event === 'start_canary' ? { ...row, weight: 50 } : row))
    for (const wrong of [raised, rows.filter(({ seq }) => seq !== 3)])
      expect(() => foldDeployment('late', wrong)).toThrow(
        expect.objectContaining({ code: 'ROLLOUT_LOG_BROKEN' }),
      )
  })
})
