import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { buildProgram, type Program, readLines } from '../support/child-program.ts'
import { done, filesWith, fillGround, openGround, person } from './erase-ground.ts'

const root = mkdtempSync(join(tmpdir(), 'fettle-kill-erase-'))
const prepared = join(root, 'prepared')
let program: Program

beforeAll(async () => {
  const ground = await openGround(prepared)
  await fillGround(ground, ['ann', person, 'bob'])
  await ground.close()
  program = await buildProgram(fileURLToPath(new URL('erase-runner.ts', import.meta.url)))
}, 60_000)
afterAll(() => {
  program.remove()
  rmSync(root, { recursive: true, force: true })
})

/** Runs the erasure in a process of its own; how many changes it made, or undefined when it was killed before its end. */
async function run(folder: string, killAt: number): Promise<number | undefined> {
  const child = program.start(folder, String(killAt))
  const lines: string[] = []
  const ended = new Promise(resolve => child.once('exit', resolve))
  await Promise.all([readLines(child, line => lines.push(line)), ended])
  return lines[0] === undefined ? undefined : Number(lines[0])
}

it('an erasure killed at any change goes on to the same end', async () => {
  const whole = join(root, 'whole')
  cpSync(prepared, whole, { recursive: true })
  const changes = (await run(whole, 0)) ?? 0
  expect(changes).toBeGreaterThan(10)
  const points = [1, 3, 9, changes - 2, changes]
  for (const point of points) {
    const folder = join(root, `killed-${point}`)
    cpSync(prepared, folder, { recursive: true })
    expect(await run(folder, point), `killed at change ${point} of ${changes}`).toBeUndefined()
    const ground = await openGround(folder)
    await ground.erasures.goOn()
    const { id } = await ground.erasures.request(
      { entity: 'customer', key: [person], reason: 'case 7' },
      { name: 'mila' },
    )
    const receipt = await done(ground, id)
    expect(receipt.stores.every(({ left }) => left === 0)).toBe(true)
    expect(await ground.erasures.verify(receipt)).toEqual([])
    const found = (await filesWith(ground, person)).filter(each => !each.startsWith('online/'))
    expect(found, `after a kill at change ${point}`).toEqual([])
    expect((await filesWith(ground, 'remark of bob')).length).toBeGreaterThan(0)
    const manifest = (await ground.database.read.definitions.listBuildsOf('trainingSet'))[0]?.report
    expect(manifest).toMatchObject({ rows: 2, redacted: 1 })
    expect(readdirSync(join(ground.folders.root, 'erasing'))).toEqual([])
    await ground.close()
    rmSync(folder, { recursive: true, force: true })
  }
}, 180_000)
