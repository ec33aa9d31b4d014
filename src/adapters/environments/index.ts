import { createHash } from 'node:crypto'
import { access, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FettleError } from '../../kernel/errors/index.ts'
import { isAlive } from '../../kernel/is-alive.ts'
import {
  type EnvironmentProvider,
  type EnvironmentRequest,
  type PythonEnvironment,
  runProcess,
} from '../../training/index.ts'
import { withBuildLock } from './build-lock.ts'
import { findPython, type Interpreter } from './find-python.ts'
import { type RequirementsLock, readLock } from './read-lock.ts'

/** Python virtual environments from a hash-pinned lock, one folder per (interpreter, platform, lock). */
export const environmentProvider: EnvironmentProvider = { ensureEnvironment, packageFiles }

const marker = 'fettle-environment.json'
/** Below an environment: what it was installed from. */
const packagesFolder = 'package-files'

async function ensureEnvironment(request: EnvironmentRequest): Promise<PythonEnvironment> {
  const base = await findPython()
  const lock = await readLock(request.lock)
  const id = environmentId(base, lock)
  const home = join(request.folder, id)
  const environment = describe({ id, home, base, lock })
  if (await isComplete(home)) return environment
  await mkdir(request.folder, { recursive: true })
  const onWait = (pid: number): void =>
    request.log(`Process ${pid} is building the Python environment ${id}; waiting for it`)
  return withBuildLock(`${home}.lock`, { onWait, signal: request.signal }, async () => {
    if (!(await isComplete(home))) await build({ request, home, base, lock })
    return environment
  })
}

async function packageFiles(request: EnvironmentRequest): Promise<readonly string[]> {
  const [base, lock, { id, python }] = [
    await findPython(),
    await readLock(request.lock),
    await ensureEnvironment(request),
  ]
  const home = join(request.folder, id)
  const folder = join(home, packagesFolder)
  const list = async () => (await readdir(folder)).sort().map(name => join(folder, name))
  const found = await list().catch(() => undefined)
  if (found !== undefined) return found
  const onWait = (): void => request.log('Another process is downloading the package files; waiting for it')
  return withBuildLock(`${home}.lock`, { onWait, signal: request.signal }, async () => {
    const draft = `${folder}.building-${process.pid}`
    try {
      await download({ request, home, base, lock }, { python, to: draft })
      await rm(folder, { recursive: true, force: true })
      await rename(draft, folder)
    } finally {
      await rm(draft, { recursive: true, force: true })
    }
    return list()
  })
}

/** Interpreter version, platform and lock bytes decide what is installed. */
function environmentId(base: Interpreter, lock: RequirementsLock): string {
  return createHash('sha256')
    .update(`${base.interpreter}\n${base.platform}\n${lock.hash}`)
    .digest('hex')
    .slice(0, 32)
}

function describe(parts: {
  id: string
  home: string
  base: Interpreter
  lock: RequirementsLock
}): PythonEnvironment {
  const { id, home, base, lock } = parts
  return {
    id,
    python: pythonOf(home),
    interpreter: base.interpreter,
    platform: base.platform,
    lock: lock.hash,
    packages: lock.packages,
  }
}

function pythonOf(home: string): string {
  return process.platform === 'win32' ? join(home, 'Scripts', 'python.exe') : join(home, 'bin', 'python')
}

async function isComplete(home: string): Promise<boolean> {
  const found = await Promise.allSettled([access(join(home, marker)), access(pythonOf(home))])
  return found.every(each => each.status === 'fulfilled')
}

interface Build {
  readonly request: EnvironmentRequest
  readonly home: string
  readonly base: Interpreter
  readonly lock: RequirementsLock
}

/** Builds beside the final place and renames; what an earlier, killed build left is removed first. */
async function build(work: Build): Promise<void> {
  const { request, home, base, lock } = work
  const { log, signal, onProgress } = request
  await removeLeftovers(request.folder)
  const site = `${home}.building-${process.pid}`
  const total = Object.keys(lock.packages).length
  try {
    log(`Building the Python environment with ${base.interpreter} (${total} packages, checked by hash)`)
    onProgress({ done: 0, total, unit: 'packages', message: 'creating the environment' })
    await step({ command: base.python, args: ['-m', 'venv', site], signal, onLine: log, what: 'venv' })
    const own = join(site, packagesFolder)
    if (request.packages === undefined) await download(work, { python: pythonOf(site), to: own })
    onProgress({ done: total, total, unit: 'packages', message: 'installing' })
    await step({
      command: pythonOf(site),
      args: [
        ...['-m', 'pip', 'install', '--no-index', '--find-links', request.packages ?? own],
        ...['--no-compile', ...pipOptions, '-r', request.lock],
      ],
      signal,
      onLine: log,
      what: 'pip',
    })
    await writeFile(
      join(site, marker),
      JSON.stringify({ schema: 1, interpreter: base.interpreter, platform: base.platform, lock: lock.hash }),
    )
    await rm(home, { recursive: true, force: true })
    await rename(site, home)
  } finally {
    await rm(site, { recursive: true, force: true })
  }
}

const pipOptions = [
  ...['--require-hashes', '--no-deps', '--only-binary', ':all:', '--no-input'],
  ...['--disable-pip-version-check', '--progress-bar', 'off'],
]

/** Downloads the files of every package of the lock that this interpreter and platform take, checked by hash. */
async function download(
  { request, lock }: Build,
  { python, to }: { readonly python: string; readonly to: string },
): Promise<void> {
  const total = Object.keys(lock.packages).length
  let done = 0
  const onLine = (line: string): void => {
    request.log(line)
    if (line.startsWith('Collecting '))
      request.onProgress({
        done: Math.min(++done, total),
        total,
        unit: 'packages',
        message: line.slice(11, 80).split(' ')[0] ?? '',
      })
  }
  await mkdir(to, { recursive: true })
  const args = ['-m', 'pip', 'download', '--dest', to, ...pipOptions, '-r', request.lock]
  await step({ command: python, args, signal: request.signal, onLine, what: 'pip' })
}

/** Folders of builds whose process is gone. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const builder = /\.building-(\d+)$/.exec(name)?.[1]
    if (builder && (Number(builder) === process.pid || !isAlive(Number(builder))))
      await rm(join(folder, name), { recursive: true, force: true })
  }
}

interface BuildStep {
  readonly command: string
  readonly args: readonly string[]
  readonly what: string
  readonly signal: AbortSignal | undefined
  onLine(line: string): void
}

const network =
  /connection|timed? ?out|temporary failure|network is unreachable|retries|proxy|ssl|name resolution/i

async function step({ command, args, what, signal, onLine }: BuildStep): Promise<void> {
  const env = { ...process.env, PYTHONNOUSERSITE: '1', PIP_REQUIRE_VIRTUALENV: '0', LC_ALL: 'C.UTF-8' }
  const end = await runProcess({ command, args, env, onLine, signal })
  if (end.exitCode === 0) return
  const tail = end.tail.slice(-8)
  const errors = tail.filter(line => /^ERROR/i.test(line))
  const offline = network.test(end.tail.join('\n'))
  const outOfSpace = /no space left/i.test(end.tail.join('\n'))
  throw new FettleError(
    outOfSpace ? 'DISK_FULL' : 'ENVIRONMENT_FAILED',
    `${what} failed: ${(errors.at(-1) ?? tail.at(-1) ?? `exit code ${end.exitCode ?? end.signal}`).slice(0, 300)}`,
    {
      ...(offline
        ? { hint: 'Packages cannot be downloaded: check the network, or name a mirror in pip.conf.' }
        : {}),
      details: { tail, errorClass: offline || outOfSpace ? 'infra' : 'user' },
    },
  )
}
