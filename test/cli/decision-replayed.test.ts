import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { cliProject } from '../support/cli-project.ts'

let at: Awaited<ReturnType<typeof cliProject>>
beforeAll(async () => {
  at = await cliProject('parcels')
  expect(await at.init()).toBe(0)
  await at.startDev()
  for (const args of [
    ['apply', '--yes'],
    ['run', 'slow'],
    ['run', 'slow-online'],
    ['deploy', 'slow'],
  ])
    expect((await at.fettle(...args)).code, args.join(' ')).toBe(0)
}, 120_000)
afterAll(() => at.remove())

const json = async (...args: string[]) => JSON.parse((await at.fettle(...args, '--json')).out)

async function replayed(id: string): Promise<Readonly<Record<string, unknown>>> {
  const { code, out } = await at.fettle('debug', 'predict', id, '--json')
  expect(code).toBe(0)
  const { lines } = JSON.parse(out) as { lines: { what: string; outcome: string; replayed: unknown }[] }
  return Object.fromEntries(
    lines.flatMap(({ what, ...line }) => [
      [what, line.outcome],
      [`${what} again`, line.replayed],
    ]),
  )
}

async function shipped(): Promise<void> {
  for (let tries = 0; (await json('decisions', '--status')).waiting > 0; tries++) {
    if (tries > 60) throw new Error('the decisions do not become files')
    await sleep(500)
  }
}

it('a decision is done again to the bit, from its file too, and of a release that serves no more; until it is erased', async () => {
  const predicted = await json('predict', 'slow', 'depot=porto', 'weight_kg=2.5')
  const [{ prediction_id: id, score }] = predicted.predictions
  await at.fettle('predict', 'slow', 'depot=lyon', 'weight_kg=1')
  const first = await replayed(id)
  expect(first).toMatchObject({
    ...{ score: 'same', 'score again': score, threshold: 'same', action: 'same' },
    ...{ contributions: expect.stringMatching(/same|within-tolerance/) },
    ...{ 'feature days_14d': 'same', 'feature parcels_14d': 'same', 'file model.json': 'same' },
  })

  const definitions = join(at.project, 'definitions', 'parcels.ts')
  const text = readFileSync(definitions, 'utf8')
  writeFileSync(
    definitions,
    text.replace("threshold('tell_customer', 0.5)", "threshold('tell_customer', 0.9)"),
  )
  expect((await at.fettle('apply', '--yes')).code).toBe(0)
  expect((await at.fettle('deploy', 'slow')).out).toContain('ready with release 2')
  // The list of erased keys changes, so the front seals its segment.
  const erased = await at.fettle('erase', 'depot', 'lyon', '--reason', 'case 7', '-y')
  expect(erased.out.match(/found, 0 left/g)).toHaveLength(9)
  await shipped()
  const log = join(at.project, '.fettle', 'serving', 'log')
  for (const file of readdirSync(log)) if (file.endsWith('.log')) rmSync(join(log, file))
  expect(await replayed(id)).toEqual(first)
  expect((await at.fettle('explain', id)).out).toMatch(/release 1, sha256:[\s\S]*verdict vrd_\w+: pass/)

  expect((await at.fettle('erase', 'depot', 'porto', '--reason', 'case 8', '-y')).code).toBe(0)
  expect(await replayed(id)).toMatchObject({
    ...{ score: 'unavailable', action: 'unavailable', 'feature days_14d': 'unavailable' },
    'file model.json': 'same',
  })
  expect(await json('decision', id)).toMatchObject({ score, entity: { depot: null, weight_kg: null } })

  // Who is on the list is in no file, though a front must write it down to answer.
  await at.fettle('predict', 'slow', 'depot=porto', 'weight_kg=1')
  expect((await at.fettle('erase', 'depot', 'paris', '--reason', 'case 9', '-y')).code).toBe(0)
  await shipped()
  for (const file of readdirSync(log)) if (file.endsWith('.log')) rmSync(join(log, file))
  const { items } = await json('decisions', 'slow')
  expect(items.map(({ entity }: { entity: object }) => Object.values(entity))).toEqual(
    Array(3).fill([null, null]),
  )
  expect(await json('decisions', '--status')).toMatchObject({ written: 3, shipped: 3, waiting: 0 })
}, 180_000)
