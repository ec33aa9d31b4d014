import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

const root = mkdtempSync(join(tmpdir(), 'fettle-bin-'))
const bin = join(root, 'app', 'bin', 'fettle')
beforeAll(() => {
  mkdirSync(join(root, 'app', 'bin'), { recursive: true })
  copyFileSync(join(import.meta.dirname, '..', '..', 'bin', 'fettle'), bin)
  writeFileSync(join(root, 'app', 'package.json'), '{ "type": "module", "version": "1.2.3" }')
  writeFileSync(
    join(root, 'old.cjs'),
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.0' } })",
  )
  symlinkSync(bin, join(root, 'link'))
})
afterAll(() => rmSync(root, { recursive: true }))

function node(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise(resolve => {
    execFile(process.execPath, args, { cwd: tmpdir() }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, out, err }),
    )
  })
}

describe('bin/fettle', () => {
  it('says how to build it when it is not built', async () => {
    const { code, err } = await node(bin, 'plan')
    expect(code).toBe(1)
    expect(err).toMatch(
      /^Fettle is not built yet: .*cli\.js is missing\.\nBuild it: cd .*app && npm run build\n$/,
    )
  })

  it('says which Node.js it needs on an older one', async () => {
    const { code, err } = await node('-r', join(root, 'old.cjs'), bin, 'plan')
    expect(code).toBe(1)
    expect(err).toMatch(
      /^error RUNTIME_UNSUPPORTED: Fettle needs Node\.js 20\.19 or newer; this is 18\.20\.0 \(/,
    )
  })

  it('runs from any folder and through links, and hands on the exit code', async () => {
    mkdirSync(join(root, 'app', 'dist'))
    writeFileSync(
      join(root, 'app', 'dist', 'cli.js'),
      'export async function main(argv, io, version) { console.log(version, argv.join("|")); return 7 }',
    )
    expect(await node(join(root, 'link'), 'predict', 'a b')).toEqual({
      code: 7,
      out: '1.2.3 predict|a b\n',
      err: '',
    })
  })
})
