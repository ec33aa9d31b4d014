import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { goodEvidence, rolloutWorld } from '../../../test/support/rollout-world.ts'
import { openMetadata } from '../../adapters/metadata/index.ts'
import type { HarmCell, StageEvidence } from '../evidence/model.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-looks-'))
const closing: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closing) await close()
  rmSync(folder, { recursive: true, force: true })
})

async function inWorld(look?: () => StageEvidence) {
  const db = await openMetadata({ kind: 'sqlite', path: join(folder, `${closing.length}.sqlite`) })
  await db.migrate()
  closing.push(() => db.close())
  const world = await rolloutWorld(db, look ? { look } : {})
  await world.begin(1)
  await world.run(62)
  return { ...world, db }
}

const cell = (index: number, status: HarmCell['status'], p: number): HarmCell => ({
  ...{ contract: 'recall', slice: `slice=${index}`, metric: 'recall', status, n: 100, estimate: 0.01 },
  ...{ margin: 0.03, interval: { lower: 0, upper: 0.02 }, logLambda: 0, p, pHolm: null, harmed: false },
  frozen: null,
})
const flips = { all: { n: 100, both: 10, neither: 80, onlyChallenger: 6, onlyChampion: 4, psi: 0.01 } }

describe('looks over time', () => {
  it('are told oldest first, at most 80, the newest among them, with the cells nearest to harm', async () => {
    let looked = 0
    const harm = Array.from({ length: 30 }, (_, index) =>
      cell(index, index < 20 ? 'protected' : 'watched', (index % 20) / 20),
    )
    const world = await inWorld(() => {
      looked += 1
      const at = new Date(Date.UTC(2026, 0, 1) + looked * 1000).toISOString()
      return { ...goodEvidence, at, flips, harm: harm.toReversed() } as unknown as StageEvidence
    })
    const { id } = await world.begin(2)
    world.state.follows = false
    await world.run(130)
    const looks = await world.rollouts.looks('late', id)
    expect(looks).toHaveLength(80)
    expect(looks.map(({ at }) => at)).toEqual(looks.map(({ at }) => at).toSorted())
    expect(looks.at(-1)?.id).toBe((await world.rollouts.detail('late', id)).look)
    expect(looks[0]).toMatchObject({
      ...{ coverage: 0.99, agreement: 0.9, psi: 0.01 },
      actionRate: { champion: 0.14, challenger: 0.16 },
    })
    const names = looks[0]?.harm.map(({ slice }) => slice) ?? []
    expect(names).toHaveLength(24)
    expect(new Set(names)).toEqual(new Set(Array.from({ length: 24 }, (_, index) => `slice=${index}`)))
    await expect(world.rollouts.looks('late', 'rol_9')).rejects.toMatchObject({ code: 'ROLLOUT_UNKNOWN' })
  })

  it('say what was not measured, never 0', async () => {
    const world = await inWorld(() => ({ ...goodEvidence, coverage: null, flips: null }))
    const { id } = await world.begin(2)
    await world.run(2)
    const none = { undefined: 'no-rows' }
    expect((await world.rollouts.looks('late', id))[0]).toMatchObject({
      ...{ coverage: none, agreement: none, psi: none, harm: [] },
      actionRate: { champion: none, challenger: none },
    })
  })
})

describe('what is under way', () => {
  it('has neither champions nor what has ended, and names kill levels and incidents', async () => {
    const world = await inWorld()
    expect(await world.rollouts.underWay()).toMatchObject([
      { deployment: 'late', rollouts: [], kill: null, incident: null, broken: null },
    ])
    const { id } = await world.begin(2)
    await world.run(1)
    await world.rollouts.kill({ name: 'late', level: 'challengers', reason: 'odd', principal: world.mila })
    expect(await world.rollouts.underWay()).toMatchObject([
      { rollouts: [{ id, state: 'shadow' }], kill: { level: 'challengers', by: 'mila', local: false } },
    ])
    await world.rollouts.move({ name: 'late', id, event: 'abort', reason: 'odd', principal: world.mila })
    expect((await world.rollouts.underWay())[0]?.rollouts).toEqual([])
  })

  it('keeps the others when one log is broken', async () => {
    const world = await inWorld()
    const [row] = await world.db.read.rollouts.listRows('late')
    if (row === undefined) throw new Error('the log has no row')
    await world.db.transaction(stores => stores.rollouts.appendRow({ ...row, deployment: 'torn', hash: 'x' }))
    const [late, torn] = await world.rollouts.underWay()
    expect(late).toMatchObject({ deployment: 'late', broken: null })
    expect(torn).toMatchObject({ deployment: 'torn', rollouts: [], broken: expect.stringContaining('torn') })
  })
})
