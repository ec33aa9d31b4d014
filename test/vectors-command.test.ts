import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Bundle, bundleSource } from './support/bundle.ts'

const ranked = { test: 'roc_auc', label: [0, 1], score: [0.2, 0.7] }

function answers(cases: readonly object[]): string {
  return JSON.stringify({ about: 'ranks', schema: 1, tolerance: { abs: 0, rel: 0 }, cases })
}

describe('npm run vectors', () => {
  let program: Bundle
  const folder = mkdtempSync(join(tmpdir(), 'fettle-vectors-command-'))
  beforeAll(async () => {
    program = await bundleSource(`import ${JSON.stringify(resolve('src/vectors/main.ts'))}`)
  })
  afterAll(() => {
    program.remove()
    rmSync(folder, { recursive: true })
  })

  function place(name: string, files: Readonly<Record<string, string>>): string {
    for (const [path, content] of Object.entries(files)) {
      mkdirSync(join(folder, name, path, '..'), { recursive: true })
      writeFileSync(join(folder, name, path), content)
    }
    return join(folder, name)
  }

  function play(...words: readonly string[]): { status: number | null; out: string; err: string } {
    const env = { ...process.env, INIT_CWD: folder }
    const run = spawnSync(process.execPath, [program.path, ...words], { encoding: 'utf8', env })
    return { status: run.status, out: run.stdout, err: run.stderr }
  }

  it('plays nested folders, relative paths and single files', () => {
    const nested = place('nested', {
      'a/b/good.json': answers([{ id: 'auc-1', in: ranked, out: 1 }]),
      'z.json': answers([{ id: 'other-1', in: { test: 'nobody-knows' }, out: 1 }]),
    })
    const whole = play('nested')
    expect(whole.out).toBe(
      'a/b/good.json (answers): 1 passed, 0 failed, 0 not yet implemented\n' +
        'z.json (answers): 0 passed, 0 failed, 1 not yet implemented\n' +
        '  not implemented  nobody-knows: 1 (other-1)\n' +
        'total of 2 files: 1 passed, 0 failed, 1 not yet implemented\n',
    )
    expect(whole.status).toBe(0)
    const single = play(join(nested, 'a/b/good.json'))
    expect(single).toMatchObject({ status: 0, err: '' })
    expect(single.out).toContain('good.json (answers): 1 passed')
  })

  it('names what failed and what it cannot read, and exits with 1', () => {
    place('bad', {
      'answer.json': answers([{ id: 'auc-1', in: ranked, out: 0.25 }, { id: 'auc-2' }]),
      'cut.json': '{"kind":',
      'empty.json': '{"kind":"wire","schema":1}',
      'later.json': '{"kind":"asof","schema":2,"cases":[]}',
      'other.json': '{"name":"no vectors"}',
      'shape.json': '{"kind":"asof","schema":1,"cases":[{"name":"nothing"}]}',
    })
    const { status, out, err } = play('bad')
    expect(err).toBe('')
    expect(status).toBe(1)
    expect(out.split('\n').slice(0, -2)).toEqual([
      'answer.json (answers): 0 passed, 2 failed, 0 not yet implemented',
      '  failed           auc-1: answer is 1, expected 0.25',
      '  failed           auc-2: the case has no "in" or no "out"',
      'cut.json (malformed): 0 passed, 1 failed, 0 not yet implemented',
      expect.stringContaining('  failed           file: cannot be read: '),
      'empty.json (wire): 0 passed, 1 failed, 0 not yet implemented',
      '  failed           file: the file holds no cases',
      'later.json: unknown, schema 2 is not known',
      'other.json: unknown, it holds no cases of a known shape',
      'shape.json (asof): 0 passed, 1 failed, 0 not yet implemented',
      '  failed           nothing: TypeError: a text was expected in the vector file',
    ])
  })

  it('answers as data with --json', () => {
    cpSync(join(folder, 'nested'), join(folder, 'data'), { recursive: true })
    const told = JSON.parse(play('data', '--json').out)
    expect(told.totals).toEqual({ files: 2, unknownFiles: 0, passed: 1, failed: 0, notImplemented: 1 })
    expect(told.files[1]).toMatchObject({
      path: 'z.json',
      failures: [],
      missing: [{ what: 'nobody-knows', cases: ['other-1'] }],
    })
  })

  it('exits with 2 when there is nothing to play', () => {
    place('none', { 'package.json': '{}' })
    expect(play()).toMatchObject({ status: 2, err: expect.stringContaining('usage: npm run vectors') })
    expect(play('a', 'b')).toMatchObject({ status: 2, err: expect.stringContaining('usage') })
    expect(play('nowhere')).toMatchObject({ status: 2, err: expect.stringContaining('no file or folder') })
    expect(play('none')).toMatchObject({ status: 2, err: expect.stringContaining('no known-answer files') })
  })
})
