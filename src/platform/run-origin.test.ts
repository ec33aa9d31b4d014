import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { sha256Hex } from '../kernel/canonical.ts'
import type { ObjectStore, RunPlan } from '../pipelines/index.ts'
import { runOrigins } from './run-origin.ts'

const texts = new Map<string, string>()
const objects = {
  putBytes: async (bytes: Uint8Array) => {
    const hash = `sha256:${sha256Hex(bytes)}`
    texts.set(hash, Buffer.from(bytes).toString())
    return { hash, bytes: bytes.length }
  },
  putFile: async (path: string) => ({ hash: `sha256:${sha256Hex(path)}`, bytes: 1 }),
} as unknown as ObjectStore

const planWith = (path: string): RunPlan =>
  ({
    steps: [
      {
        body: { kind: 'action', action: 'training.train' },
        params: { candidate: { name: 'own', trainer: { kind: 'script', path }, params: {} } },
      },
    ],
  }) as unknown as RunPlan

describe('what a run is started from', () => {
  let root: string
  let project: string
  const git = (...args: string[]) =>
    execFileSync('git', ['-C', root, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim()
  const origin = (path = 'trainers/own.py') => runOrigins(objects).of(planWith(path), project)

  beforeAll(() => {
    root = mkdtempSync(join(tmpdir(), 'fettle-origin-'))
    project = join(root, 'project')
    mkdirSync(join(project, 'trainers'), { recursive: true })
    writeFileSync(join(project, 'fettle.json'), '{}\n')
    writeFileSync(join(project, 'trainers', 'own.py'), 'import helper\n')
    writeFileSync(join(project, 'trainers', 'helper.py'), '')
  })
  afterAll(() => rmSync(root, { recursive: true, force: true }))

  it('outside a repository says so, and keeps the code of trainers all the same', async () => {
    const found = await origin()
    expect(found.commit).toEqual({ unavailable: 'the project is in no git repository' })
    expect(found.scripts['own']).toMatchObject([{ path: 'trainers/helper.py' }, { path: 'trainers/own.py' }])
    expect(found.trainers).toContainEqual(expect.objectContaining({ path: 'fettle_trainers/contract.py' }))
    expect(found.lock).toHaveProperty('hash')
  })

  it('in a repository that does not track it says that', async () => {
    git('init', '--quiet')
    writeFileSync(join(root, 'other.txt'), 'x')
    git('add', 'other.txt')
    git('commit', '--quiet', '-m', 'first')
    expect((await origin()).commit).toEqual({ unavailable: 'the repository does not track the project' })
  })

  it('is the commit, the remote without credentials, and nothing where nothing changed', async () => {
    git('add', '.')
    git('commit', '--quiet', '-m', 'second')
    git('remote', 'add', 'origin', 'https://ana:secret@example.org/team/project.git')
    expect(await origin()).toMatchObject({
      commit: git('rev-parse', 'HEAD'),
      repository: 'https://example.org/team/project.git',
      dirty: null,
    })
  })

  it('keeps what differs from the commit, and names what is not tracked', async () => {
    writeFileSync(join(project, 'fettle.json'), '{ "project": "p" }\n')
    writeFileSync(join(project, 'new.txt'), 'not kept')
    const { dirty } = await origin()
    const text = texts.get((dirty as { hash: string }).hash) ?? ''
    expect(text).toContain('+{ "project": "p" }')
    expect(text).toContain('# not tracked: new.txt')
    expect(text).not.toContain('not kept')
  })

  it('does not keep a script outside the project', async () => {
    expect((await origin('../own.py')).scripts['own']).toHaveProperty('unavailable')
  })
})
