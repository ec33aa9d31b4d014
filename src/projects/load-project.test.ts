import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { checkProject } from '../definitions/index.ts'
import { loadProject } from './load-project.ts'

const flights = join(dirname(fileURLToPath(import.meta.url)), '../../examples/flights')
const made: string[] = []
afterAll(() => {
  for (const folder of made) rmSync(folder, { recursive: true, force: true })
})

function project(files: Readonly<Record<string, string>>, config = '{ "project": "p" }'): string {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-load-'))
  made.push(folder)
  mkdirSync(join(folder, 'definitions'))
  if (config !== '') writeFileSync(join(folder, 'fettle.json'), config)
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, 'definitions', name), text)
  return folder
}

describe('loading a project', () => {
  it('collects every exported definition of the flights example, with where it was written', async () => {
    const loaded = await loadProject(flights)
    expect(loaded.definitions).toHaveLength(17)
    expect(checkProject(loaded)).toEqual([])
    expect(loaded.locations['featureView:origin_landings']).toMatch(/^definitions\/features\.ts:\d+$/)
    expect(loaded.locations['deployment:late']).toMatch(/^definitions\/late\.ts:\d+$/)
  })

  it('counts one object exported from two files once', async () => {
    const folder = project({
      'a.ts': `import { entity, string } from 'fettle'\nexport const airport = entity('airport', { key: { airport: string() } })`,
      'b.ts': `export { airport, airport as again } from './a.ts'`,
    })
    expect((await loadProject(folder)).definitions).toHaveLength(1)
  })

  it('keeps two definitions of one name, so that the check can name both', async () => {
    const folder = project({
      'a.ts': `import { entity, string, int64 } from 'fettle'\nexport const a = entity('x', { key: { k: string() } })\nexport const b = entity('x', { key: { k: int64() } })`,
    })
    expect(checkProject(await loadProject(folder)).map(problem => problem.code)).toEqual([
      'DUPLICATE_DEFINITION',
    ])
  })

  it.each([
    ['a syntax error', 'export const = 1', /definitions\/a\.ts:1: /],
    [
      'a Node module',
      `import { readFileSync } from 'node:fs'\nexport const a = readFileSync('x')`,
      /definitions\/a\.ts:1: definitions cannot import "node:fs"/,
    ],
    ['the clock', 'export const a = 1\nexport const b = Date.now()', /definitions\/a\.ts:2: .*clock/],
    ['new Date()', 'export const b = new Date()', /definitions\/a\.ts:1: .*clock/],
    ['randomness', 'export const b = Math.random()', /definitions\/a\.ts:1: .*Math\.random/],
    ['the process', 'export const b = (globalThis as any).process.env', /definitions\/a\.ts:1: /],
    ['code from text', `export const b = new Function('return process')()`, /definitions\/a\.ts:1: /],
    ['a throw', `\n\nthrow new Error('broken')`, /definitions\/a\.ts:3: broken/],
  ])('refuses %s, naming file and line', async (_what, text, message) => {
    await expect(loadProject(project({ 'a.ts': text }))).rejects.toMatchObject({
      code: 'DEFINITIONS_UNLOADABLE',
      message: expect.stringMatching(message),
    })
  })

  it('stops a loop that does not end', async () => {
    await expect(loadProject(project({ 'a.ts': 'for (;;) {}' }), { limitMs: 200 })).rejects.toMatchObject({
      code: 'DEFINITIONS_UNLOADABLE',
      message: expect.stringContaining('did not finish'),
    })
  })

  it('says what is missing', async () => {
    await expect(loadProject(project({}))).rejects.toMatchObject({
      code: 'DEFINITIONS_NOT_FOUND',
      message: expect.stringContaining('no .ts files'),
    })
    await expect(loadProject(project({ 'a.ts': '' }, ''))).rejects.toMatchObject({
      code: 'DEFINITIONS_NOT_FOUND',
      message: expect.stringContaining('no fettle.json'),
    })
    await expect(loadProject(project({ 'a.ts': '' }, '{'))).rejects.toMatchObject({
      code: 'DEFINITIONS_UNLOADABLE',
      message: expect.stringContaining('is not JSON'),
    })
    await expect(loadProject(project({ 'a.ts': '' }, '{"project":"Bad Name"}'))).rejects.toMatchObject({
      code: 'DEFINITIONS_UNLOADABLE',
    })
    await expect(
      loadProject(project({ 'a.ts': '' }, '{"project":"p","clock":{"replay":"noon"}}')),
    ).rejects.toMatchObject({ message: expect.stringContaining('clock.replay') })
  })
})
