import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import {
  goodEvidence,
  quickRollout,
  rolloutWorld,
  type WorldOptions,
} from '../../../test/support/rollout-world.ts'
import { openMetadata } from '../../adapters/metadata/index.ts'
import { drillReport, isDrillDue } from './drill.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-rollouts-'))
const closing: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closing) await close()
  rmSync(folder, { recursive: true, force: true })
})
let serial = 0

async function inWorld(options: WorldOptions = {}) {
  const db = await openMetadata({ kind: 'sqlite', path: join(folder, `${++serial}.sqlite`) })
  await db.migrate()
  closing.push(() => db.close())
  const world = await rolloutWorld(db, options)
  const audited = async () =>
    (await db.read.audit.list({ objectPrefix: 'deployment:late', limit: 200 })).items
      .map(({ action }) => action)
      .reverse()
  /** The first release, confirmed. */
  const withChampion = async () => {
    const { id } = await world.begin(1)
    await world.run(62)
    expect(await world.stateOf(id)).toBe('champion')
    return id
  }
  const move = (id: string, event: Parameters<typeof world.rollouts.move>[0]['event'], weight?: number) =>
    world.rollouts.move({ name: 'late', id, event, weight, reason: 'said', principal: world.mila })
  return { ...world, db, audited, withChampion, move }
}

describe('a rollout by rule', () => {
  it('starts at 100 % where nothing serves, and is champion after probation', async () => {
    const world = await inWorld()
    const first = await world.begin(1)
    expect(first).toMatchObject({ state: 'probation', weight: 100, lease: true, by: 'mila' })
    expect(world.state.routed.at(-1)).toMatchObject({
      digest: first.release.digest,
      routing: { arms: [], unit: ['user'] },
    })
    await world.run(62)
    expect(await world.stateOf(first.id)).toBe('champion')
    expect(await world.db.read.registry.aliases('late')).toMatchObject({ champion: 1 })
  })

  it('shadows, ramps, takes over and retires the champion, one row a step', async () => {
    const world = await inWorld()
    const former = await world.withChampion()
    const { id } = await world.begin(2)
    expect((await world.rollouts.overview('late')).traffic).toMatchObject([{ arm: 'champion', percent: 100 }])
    const seen: (readonly [string, number])[] = []
    for (let second = 0; second < 100; second += 5) {
      const { state, weight } = await world.rollouts.detail('late', id)
      if (seen.at(-1)?.[0] !== state || seen.at(-1)?.[1] !== weight) seen.push([state, weight])
      await world.run(5)
    }
    expect(seen).toEqual([
      ['shadow', 0],
      ['canary', 1],
      ['canary', 10],
      ['probation', 100],
      ['champion', 100],
    ])
    expect(await world.stateOf(former)).toBe('retired')
    expect((await world.db.read.deployments.servingReleases())['late']?.release.number).toBe(2)
    expect(world.state.routed.at(-1)).toMatchObject({ routing: { warm: [expect.stringMatching(/1$/)] } })
    await world.run(61)
    expect(world.state.routed.at(-1)).toMatchObject({ routing: { warm: [] } })
    const { rows, faults } = await world.rollouts.log('late')
    expect(faults).toEqual([])
    expect(rows.filter(row => row.rollout === id).map(({ event }) => event)).toEqual([
      'verify_passed',
      'start_shadow',
      'start_canary',
      'step_up',
      'start_probation',
      'confirm',
    ])
    expect((await world.audited()).filter(action => action === 'rollout.step_up')).toHaveLength(1)
  })

  it('moves only once every router follows', async () => {
    const world = await inWorld()
    await world.withChampion()
    const { id } = await world.begin(2)
    world.state.follows = false
    await world.run(20)
    expect(await world.stateOf(id)).toBe('shadow')
    world.state.follows = true
    await world.run(1)
    expect(await world.stateOf(id)).toBe('canary')
  })

  it('takes a harmful challenger back, opens an incident and starts nothing until a person closes it', async () => {
    const world = await inWorld()
    await world.withChampion()
    const { id } = await world.begin(2)
    await world.run(12)
    expect(await world.stateOf(id)).toBe('canary')
    const cell = { contract: 'fpr', slice: 'ORD', metric: 'fpr', status: 'protected' as const, harmed: true }
    world.state.look = () => ({ ...goodEvidence, harmed: true, harm: [cell as never] })
    await world.run(1)
    const taken = await world.rollouts.detail('late', id)
    expect(taken).toMatchObject({ state: 'aborted', weight: 0, cause: 'harm' })
    expect(taken.reason).toContain('ORD')
    const { incident, traffic } = await world.rollouts.overview('late')
    expect(incident).toMatchObject({ rollout: id })
    expect(traffic).toMatchObject([{ arm: 'champion', release: 1, percent: 100 }])
    world.state.look = () => goodEvidence
    await expect(world.begin(3, { name: 'rule:gate' })).rejects.toMatchObject({ code: 'ROLLOUT_GUARD' })
    const close = (name: string) =>
      world.rollouts.closeIncident({ name: 'late', reason: 'understood', principal: { name } })
    await expect(close('rule:x')).rejects.toMatchObject({ code: 'ACTOR_NOT_ALLOWED' })
    expect((await close('mila')).incident).toBeNull()
    await expect(world.begin(2, { name: 'rule:gate' })).rejects.toMatchObject({ code: 'DIGEST_ROLLED_BACK' })
    expect((await world.begin(2)).state).toBe('shadow')
  })

  it('rolls a champion back within the standby window, and reinstates the former one', async () => {
    const world = await inWorld()
    const former = await world.withChampion()
    const { id } = await world.begin(2)
    await world.run(90)
    expect(await world.stateOf(id)).toBe('champion')
    world.state.look = () => ({ ...goodEvidence, stage: 'probation', harmed: true })
    await world.run(1)
    expect([await world.stateOf(id), await world.stateOf(former)]).toEqual(['rolled_back', 'champion'])
    expect((await world.db.read.deployments.servingReleases())['late']?.release.number).toBe(1)
    expect(await world.db.read.registry.aliases('late')).toMatchObject({ champion: 1 })
  })

  it('holds what is split wrongly or cannot be measured, and resumes only the latter by itself', async () => {
    const world = await inWorld()
    await world.withChampion()
    const { id } = await world.begin(2)
    world.state.look = () => {
      throw new Error('the log is away')
    }
    await world.run(12)
    expect(await world.rollouts.detail('late', id)).toMatchObject({ state: 'held', cause: 'measuring-error' })
    world.state.look = () => goodEvidence
    await world.run(40)
    const { rows } = await world.rollouts.detail('late', id)
    expect(rows.find(({ event }) => event === 'resume')?.actor).toMatchObject({ kind: 'rule' })
    expect(await world.stateOf(id)).toBe('canary')
    const counts = { champion: 990, challenger: 90 }
    const mismatch = { counts, expected: counts, p: 1e-9, logLambda: 20, state: 'mismatch' as const }
    world.state.look = () => ({ ...goodEvidence, stage: 'canary', sampleRatio: mismatch })
    await world.run(1)
    expect(await world.rollouts.detail('late', id)).toMatchObject({ state: 'held', cause: 'sample-ratio' })
    world.state.look = () => goodEvidence
    await world.run(60)
    expect(await world.stateOf(id)).toBe('held')
    await world.move(id, 'resume')
    await expect(world.move(id, 'step_up')).rejects.toMatchObject({ code: 'WINDOW_TOO_SHORT' })
  })

  it('suggests where people move it', async () => {
    const world = await inWorld({ deployment: { rollout: { ...quickRollout, advance: 'person' } } })
    await world.begin(1)
    await world.run(70)
    expect(new Set(world.state.suggested.map(({ event }) => event))).toEqual(new Set(['confirm']))
  })
})

describe('a rollout by a person', () => {
  it('is refused in words with state, event and what is allowed, and leaves nothing but an audit event', async () => {
    const world = await inWorld()
    const former = await world.withChampion()
    const { id } = await world.begin(2)
    const before = (await world.rollouts.log('late')).rows.length
    const refused = async (event: Parameters<typeof world.move>[1], weight?: number) =>
      world.move(id, event, weight).then(
        () => undefined,
        (error: unknown) => error,
      )
    expect(await refused('start_canary')).toMatchObject({
      code: 'WINDOW_TOO_SHORT',
      details: { missing: expect.arrayContaining([expect.objectContaining({ guard: 'stage-time' })]) },
    })
    expect(await refused('confirm')).toMatchObject({
      code: 'ILLEGAL_TRANSITION',
      details: { state: 'shadow', event: 'confirm', allowed: ['start_canary', 'hold', 'abort'] },
    })
    expect(await refused('superseded')).toMatchObject({ code: 'ILLEGAL_TRANSITION' })
    await expect(world.move('rol_none', 'hold')).rejects.toMatchObject({ code: 'ROLLOUT_UNKNOWN' })
    await expect(world.move(former, 'step_up')).rejects.toMatchObject({ code: 'ILLEGAL_TRANSITION' })
    expect((await world.rollouts.log('late')).rows).toHaveLength(before)
    expect(await world.audited()).toContain('rollout.refused')
    await world.run(11)
    expect(await refused('step_up', 50)).toMatchObject({
      code: 'ILLEGAL_WEIGHT',
      hint: expect.stringContaining('1, 10'),
    })
  })

  it('needs a purpose in production, approvals of others, and the contracts it began with', async () => {
    const world = await inWorld({
      production: true,
      deployment: { rollout: { ...quickRollout, advance: 'person', approvals: 1 } },
    })
    const first = await world.begin(1)
    await world.run(61)
    await world.move(first.id, 'confirm')
    const { id } = await world.begin(2)
    await world.run(11)
    const missing = async () => {
      const { next } = await world.rollouts.detail('late', id)
      return next.find(({ event }) => event === 'start_canary')?.missing.map(({ guard }) => guard)
    }
    expect(await missing()).toEqual(['approvals', 'purpose'])
    await expect(world.move(id, 'start_canary')).rejects.toMatchObject({ code: 'ROLLOUT_GUARD' })
    const approve = (name: string) => world.rollouts.approve({ name: 'late', id, principal: { name } })
    await expect(approve('mila')).rejects.toMatchObject({ code: 'ACTOR_NOT_ALLOWED' })
    await expect(approve('rule:x')).rejects.toMatchObject({ code: 'ACTOR_NOT_ALLOWED' })
    await approve('jon')
    await expect(world.move(id, 'start_canary')).rejects.toMatchObject({ code: 'NO_PURPOSE' })
    world.state.deployment = { ...world.state.deployment, purpose: {} as never }
    await world.move(id, 'start_canary')
    const contract = { name: 'c', claim: { form: 'atMost', metric: 'fpr', limit: 0.1 }, slices: ['all'] }
    world.state.deployment = { ...world.state.deployment, contracts: [contract as never] }
    await world.run(11)
    await expect(world.move(id, 'step_up')).rejects.toMatchObject({
      code: 'CONTRACT_CHANGED_DURING_ROLLOUT',
    })
    await expect(
      world.rollouts.replace({
        name: 'late',
        record: await world.release(3),
        reason: '',
        principal: world.mila,
      }),
    ).rejects.toMatchObject({ code: 'ACTOR_NOT_ALLOWED' })
  })

  it('is superseded by a newer release until it holds the lease, and then keeps it', async () => {
    const world = await inWorld({ deployment: { rollout: { ...quickRollout, advance: 'person' } } })
    const first = await world.begin(1)
    await world.run(61)
    await world.move(first.id, 'confirm')
    const second = await world.begin(2)
    const third = await world.begin(3)
    expect(await world.rollouts.detail('late', second.id)).toMatchObject({
      state: 'aborted',
      cause: 'superseded',
    })
    await world.run(11)
    await world.move(third.id, 'start_canary')
    await world.run(11)
    await world.move(third.id, 'step_up')
    const fourth = await world.begin(4)
    await world.run(11)
    expect(await world.stateOf(third.id)).toBe('canary')
    await expect(world.move(fourth.id, 'start_canary')).rejects.toMatchObject({
      code: 'LEASE_TAKEN',
      details: { by: third.id },
    })
  })

  it('is replaced at once outside production, and a former release comes back whole', async () => {
    const world = await inWorld()
    await world.withChampion()
    const { id } = await world.begin(2)
    const at = async (number: number, back = false) =>
      world.rollouts.replace({
        ...{ name: 'late', record: await world.release(number), reason: 'now', principal: world.mila },
        back,
      })
    await at(3)
    expect(await world.stateOf(id)).toBe('aborted')
    expect((await world.rollouts.overview('late')).traffic).toMatchObject([{ release: 3, percent: 100 }])
    await at(1, true)
    expect((await world.rollouts.overview('late')).traffic).toMatchObject([{ release: 1, percent: 100 }])
    expect((await world.rollouts.log('late')).rows.slice(-2).map(({ event }) => event)).toEqual([
      'roll_back',
      'reinstated',
    ])
  })
})

describe('kill levels', () => {
  it('are rows, and what a host has set outranks until a person lifts it', async () => {
    const world = await inWorld()
    await world.withChampion()
    const kill = (level: 'model' | 'challengers' | 'closed' | 'lift') =>
      world.rollouts.kill({ name: 'late', level, reason: 'odd scores', principal: world.mila })
    expect((await kill('model')).traffic).toMatchObject([{ arm: 'fallback', percent: 100 }])
    world.state.kills.push({ deployment: 'late', at: '', level: 'closed', by: 'root' })
    await world.run(2)
    expect(world.state.routed.at(-1)).toMatchObject({ killed: 'closed' })
    expect((await kill('challengers')).kill).toMatchObject({ level: 'closed', local: true, by: 'root' })
    expect((await kill('lift')).kill).toBeNull()
    await world.run(2)
    expect((await world.rollouts.overview('late')).traffic).toMatchObject([{ arm: 'champion' }])
    expect(
      (await world.rollouts.log('late')).rows.filter(({ event }) => event.startsWith('kill')),
    ).toHaveLength(4)
  })
})

describe('rehearsals', () => {
  it('are due a week after there is a way back, and after the last; one that failed is an incident', async () => {
    const world = await inWorld()
    await world.withChampion()
    const due = () => isDrillDue({ uow: world.db, clock: world.clock }, 'late')
    world.later('8d')
    expect(await due()).toBe(false)
    await world.rollouts.replace({
      ...{ name: 'late', record: await world.release(2), reason: 'now', principal: world.mila },
    })
    expect(await due()).toBe(false)
    world.later('7d')
    expect(await due()).toBe(true)
    const report = {
      deployment: 'late',
      at: '',
      from: 2,
      to: 1,
      flippedMs: 20,
      requests: 9,
      failed: 0,
      lost: 0,
    }
    await world.rollouts.drilled(drillReport(report))
    expect([await due(), (await world.rollouts.overview('late')).incident]).toEqual([false, null])
    for (const wrong of [{ flippedMs: 1_001 }, { failed: 1 }, { lost: 1 }, { requests: 0 }])
      expect(drillReport({ ...report, ...wrong }).ok).toBe(false)
    await world.rollouts.drilled(drillReport({ ...report, lost: 1 }))
    expect((await world.rollouts.overview('late')).incident?.reason).toMatch(/1 predictions were lost/)
  })
})
