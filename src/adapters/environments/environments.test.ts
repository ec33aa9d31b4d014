import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { packageRoot } from '../../kernel/package-root.ts'
import type { EnvironmentRequest } from '../../training/index.ts'
import { findPython } from './find-python.ts'
import { environmentProvider } from './index.ts'
import { readLock } from './read-lock.ts'

let folder = ''
let lock = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fettle-environments-'))
  lock = join(folder, 'small.lock')
  const whole = await readFile(join(packageRoot(), 'python', 'requirements.lock'), 'utf8')
  const block = /^threadpoolctl==.*(?:\n {4}--hash.*)+/m.exec(whole)?.[0] ?? ''
  await writeFile(lock, `${block}\n`)
})
afterAll(() => rm(folder, { recursive: true }))

function request(
  own: string,
  change: Partial<EnvironmentRequest> = {},
): EnvironmentRequest & { lines: string[] } {
  const lines: string[] = []
  return {
    folder: join(folder, own),
    lock,
    onProgress: () => undefined,
    log: line => void lines.push(line),
    lines,
    ...change,
  }
}

/** A process of its own that builds the environment and prints its id. */
async function builder(own: string): Promise<string> {
  const file = join(folder, 'builder.mjs')
  if (!existsSync(file)) {
    const contents = `import { environmentProvider } from './src/adapters/environments/index.ts'
      const [folder, lock] = process.argv.slice(2)
      const built = await environmentProvider.ensureEnvironment({ folder, lock, onProgress() {}, log: line => console.log(line) })
      console.log('built ' + built.id)`
    await build({
      stdin: { contents, resolveDir: packageRoot(), loader: 'ts' },
      bundle: true,
      platform: 'node',
      format: 'esm',
      packages: 'external',
      outfile: file,
      logLevel: 'silent',
    })
  }
  return join(folder, own)
}

function start(own: string): { output: () => string; kill(): void; done: Promise<number | null> } {
  const child = spawn(process.execPath, [join(folder, 'builder.mjs'), join(folder, own), lock], {
    cwd: packageRoot(),
  })
  let text = ''
  child.stdout.on('data', piece => {
    text += piece
  })
  child.stderr.on('data', piece => {
    text += piece
  })
  return {
    output: () => text,
    kill: () => child.kill('SIGKILL'),
    done: new Promise(resolve => child.on('close', resolve)),
  }
}

test('builds once, then finds it at once', async () => {
  const first = request('once')
  const environment = await environmentProvider.ensureEnvironment(first)
  expect(environment.id).toMatch(/^[0-9a-f]{32}$/)
  expect(environment.packages).toHaveProperty('threadpoolctl')
  expect(existsSync(environment.python)).toBe(true)
  expect(first.lines.join('\n')).toContain('Successfully installed threadpoolctl')
  const second = request('once')
  expect(await environmentProvider.ensureEnvironment(second)).toEqual(environment)
  expect(second.lines).toEqual([])
}, 120_000)

test('keeps the files it was installed from, and is made again from them alone', async () => {
  const files = await environmentProvider.packageFiles(request('kept'))
  expect(files.map(file => basename(file))).toEqual([expect.stringMatching(/^threadpoolctl-.*\.whl$/)])
  await rm(dirname(files[0] ?? ''), { recursive: true })
  const again = await environmentProvider.packageFiles(request('kept'))
  expect(again).toEqual(files)
  const fresh = request('fresh', { packages: dirname(files[0] ?? '') })
  const environment = await environmentProvider.ensureEnvironment(fresh)
  expect(existsSync(environment.python)).toBe(true)
  expect(fresh.lines.join('\n')).toContain('Looking in links')
  expect(fresh.lines.join('\n')).not.toContain('Downloading')
  const empty = join(folder, 'no-packages')
  await mkdir(empty)
  await expect(
    environmentProvider.ensureEnvironment(request('without', { packages: empty })),
  ).rejects.toMatchObject({ code: 'ENVIRONMENT_FAILED' })
}, 120_000)

test('two processes at once: one builds, both have it, nothing is left over', async () => {
  await builder('two')
  const [a, b] = [start('two'), start('two')]
  expect(await Promise.all([a.done, b.done])).toEqual([0, 0])
  const texts = [a.output(), b.output()]
  expect(texts.filter(text => text.includes('Successfully installed'))).toHaveLength(1)
  expect(texts.every(text => /built [0-9a-f]{32}/.test(text))).toBe(true)
  expect(await readdir(join(folder, 'two'))).toHaveLength(1)
}, 120_000)

test('killed halfway: the next one builds it whole', async () => {
  await builder('killed')
  const victim = start('killed')
  while (!victim.output().includes('Building')) await new Promise(resolve => setTimeout(resolve, 20))
  await new Promise(resolve => setTimeout(resolve, 400))
  victim.kill()
  await victim.done
  const environment = await environmentProvider.ensureEnvironment(request('killed'))
  expect(existsSync(environment.python)).toBe(true)
  expect(await readdir(join(folder, 'killed'))).toEqual([environment.id])
}, 120_000)

test('a wrong hash fails with the last lines of pip and leaves nothing', async () => {
  const wrong = join(folder, 'wrong.lock')
  await writeFile(wrong, `threadpoolctl==3.5.0 --hash=sha256:${'0'.repeat(64)}\n`)
  const failed = environmentProvider.ensureEnvironment(request('wrong', { lock: wrong }))
  await expect(failed).rejects.toMatchObject({
    code: 'ENVIRONMENT_FAILED',
    details: { errorClass: 'user', tail: expect.arrayContaining([expect.stringMatching(/hash/i)]) },
  })
  expect(await readdir(join(folder, 'wrong'))).toEqual([])
}, 120_000)

test('cancelling stops the build', async () => {
  const abort = new AbortController()
  const running = environmentProvider.ensureEnvironment(
    request('cancelled', { signal: abort.signal, log: () => abort.abort(new Error('cancelled')) }),
  )
  await expect(running).rejects.toThrow('cancelled')
}, 120_000)

test.each([
  ['without hash', 'numpy==2.0.0\n', /not pinned/],
  ['without version', 'numpy --hash=sha256:00\n', /not pinned/],
  ['with another index', '--index-url https://example.org/simple\n', /not pinned/],
  ['that is empty', '# nothing\n', /is empty/],
])('a lock %s is refused', async (_, text, message) => {
  const path = join(folder, 'bad.lock')
  await writeFile(path, text)
  await expect(readLock(path)).rejects.toMatchObject({
    code: 'ENVIRONMENT_FAILED',
    message: expect.stringMatching(message),
  })
})

test("the trainers' lock is pinned throughout and names no index", async () => {
  const path = join(packageRoot(), 'python', 'requirements.lock')
  const { packages } = await readLock(path)
  expect(Object.keys(packages)).toEqual(
    expect.arrayContaining(['lightgbm', 'numpy', 'onnx', 'onnxruntime', 'pyarrow', 'scikit-learn']),
  )
  expect(await readFile(path, 'utf8')).not.toMatch(/index|https?:/)
})

test('no usable Python is said with what to install', async () => {
  await mkdir(join(folder, 'bin'), { recursive: true })
  await expect(findPython(join(folder, 'bin', 'python3'))).rejects.toMatchObject({
    code: 'PYTHON_MISSING',
    message: expect.stringContaining('FETTLE_PYTHON'),
  })
  const old = join(folder, 'bin', 'old')
  await writeFile(
    old,
    '#!/bin/sh\necho \'{"python":"/usr/bin/python3","version":[3,8,1],"venv":true,"implementation":"CPython","platform":"x"}\'\n',
    { mode: 0o755 },
  )
  await expect(findPython(old)).rejects.toMatchObject({
    code: 'PYTHON_MISSING',
    message: expect.stringContaining('3.8.1'),
  })
})
