import { execFile } from 'node:child_process'
import { access, constants, mkdtemp, open, rm, statfs } from 'node:fs/promises'
import { createServer } from 'node:net'
import { totalmem } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { isAlive } from '../../kernel/is-alive.ts'
import { messageOf } from '../../kernel/message-of.ts'
import type { ProviderState } from '../../platform.ts'
import { readServerFile } from '../context.ts'
import { formatBytes } from '../render/text.ts'
import type { Check, Finding } from './run-checks.ts'
import { servedSignatures } from './signatures.ts'

const execute = promisify(execFile)
const ok = (value: string): Finding => ({ value, verdict: 'ok' })

export interface DoctorOptions {
  /** The project folder. */
  readonly folder: string
}

export function checks({ folder }: DoctorOptions): readonly Check[] {
  return [
    { name: 'node', run: async () => nodeFinding(process.versions.node) },
    { name: 'python', run: pythonVersion },
    { name: 'memory', run: async () => memoryFinding(totalmem()) },
    { name: 'disk space', run: async () => diskFinding(await freeBytes(folder)) },
    { name: 'disk sync', run: () => syncRate(folder) },
    { name: 'project', run: () => projectFile(folder) },
    { name: 'offline engine', run: () => providerState(folder, 'offline') },
    { name: 'online store', run: () => providerState(folder, 'online') },
    { name: 'metadata', run: () => providerState(folder, 'metadata') },
    { name: 'objects', run: () => providerState(folder, 'objects') },
    { name: 'server', run: async () => serverState(folder) },
    { name: 'signatures', run: () => servedSignatures(folder) },
    { name: 'port 4747', run: () => portState(4747, folder) },
    ...['@duckdb/node-api', '@photostructure/sqlite', 'lmdb', 'esbuild'].map(name => packageCheck(name)),
    optionalPackage(
      'onnxruntime-node',
      'Models other than the built-in logistic one cannot be served; install it: npm install onnxruntime-node@1.30.0 --ignore-scripts',
    ),
  ]
}

/** At least 20.19. */
export function nodeFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > 20 || (major === 20 && minor >= 19)) return ok(`${version} (20.19 or newer is needed)`)
  return {
    value: `${version} (20.19 or newer is needed)`,
    verdict: 'fail',
    fix: 'Install a newer Node.js from https://nodejs.org',
  }
}

export function memoryFinding(bytes: number): Finding {
  const value = `${formatBytes(bytes)} (2 GB are needed)`
  return bytes >= 2e9
    ? ok(value)
    : { value, verdict: 'warn', fix: 'Large training sets may not fit; use a machine with more memory.' }
}

export function diskFinding(free: number): Finding {
  const value = `${formatBytes(free)} free (2 GB are needed)`
  if (free >= 2e9) return ok(value)
  return {
    value,
    verdict: free < 2e8 ? 'fail' : 'warn',
    fix: 'Free some space on the disk of the project folder.',
  }
}

async function pythonVersion(signal: AbortSignal): Promise<Finding> {
  try {
    const { stdout } = await execute(
      'python3',
      ['-c', 'import sys, venv, ensurepip; print("%d.%d.%d" % sys.version_info[:3])'],
      { signal },
    )
    return pythonFinding(stdout.trim())
  } catch {
    return {
      value: 'no python3 with venv',
      verdict: 'warn',
      fix: 'LightGBM and scikit-learn need Python 3.10 or newer with venv; the logistic trainer needs none.',
    }
  }
}

export function pythonFinding(version: string): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  const value = `${version} (3.10 or newer is needed for Python trainers)`
  return major > 3 || (major === 3 && minor >= 10)
    ? ok(value)
    : { value, verdict: 'warn', fix: 'Install Python 3.10 or newer, or use the logistic trainer.' }
}

async function freeBytes(folder: string): Promise<number> {
  const { bavail, bsize } = await statfs(folder)
  return bavail * bsize
}

/** Acknowledged means written: how many durable writes a second this disk can do. */
async function syncRate(folder: string): Promise<Finding> {
  const scratch = await mkdtemp(join(folder, '.fettle-doctor-'))
  try {
    const file = await open(join(scratch, 'sync'), 'w')
    const count = 20
    const startedAt = performance.now()
    for (let write = 0; write < count; write++) {
      await file.write('x')
      await file.datasync()
    }
    const rate = Math.round((count * 1000) / (performance.now() - startedAt))
    await file.close()
    const value = `${rate} durable writes a second (50 are needed)`
    return rate >= 50 ? ok(value) : { value, verdict: 'warn', fix: 'Put the project on a local disk.' }
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

async function projectFile(folder: string): Promise<Finding> {
  try {
    await access(join(folder, 'fettle.json'), constants.R_OK)
    return ok(folder)
  } catch {
    return { value: `no fettle.json in ${folder}`, verdict: 'warn', fix: 'Begin one: fettle init FOLDER' }
  }
}

async function providerState(folder: string, role: ProviderState['role']): Promise<Finding> {
  const { projectProviders } = await import('../../platform.ts')
  const states = await projectProviders(folder).catch(() => undefined)
  const state = states?.find(each => each.role === role)
  return state ? providerFinding(state) : ok('no project here')
}

export function providerFinding({ name, embedded, durability, failure }: ProviderState): Finding {
  if (failure !== null)
    return { value: failure, verdict: 'fail', fix: 'Start it, or mend "providers" in fettle.json.' }
  if (embedded) return ok(`${name} (embedded)`)
  if (durability !== 'rebuildable') return ok(`${name} (${durability ?? 'external'})`)
  return {
    value: `${name} may lose its last writes when it is killed (rebuildable)`,
    verdict: 'warn',
    fix: 'Set appendonly yes and appendfsync always in Redis, or materialize again after a loss.',
  }
}

function serverState(folder: string): Finding {
  const file = readServerFile(folder)
  if (file === undefined) return ok('none runs here')
  if (isAlive(file.pid)) return ok(`runs at ${file.url} (process ${file.pid})`)
  return {
    value: `process ${file.pid} ended without tidying up`,
    verdict: 'warn',
    fix: 'Nothing is lost; fettle dev starts again where it was.',
  }
}

async function portState(port: number, folder: string): Promise<Finding> {
  const file = readServerFile(folder)
  if (file !== undefined && isAlive(file.pid) && file.url.endsWith(`:${port}`))
    return ok('used by the server of this project')
  const free = await new Promise<boolean>(resolve => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })
  return free
    ? ok('free')
    : { value: 'taken', verdict: 'warn', fix: 'Choose another: fettle dev --port 4748' }
}

function packageCheck(name: string): Check {
  return {
    name,
    run: async () => {
      try {
        await import(name)
        return ok('loads')
      } catch (error) {
        return { value: `does not load: ${firstLine(error)}`, verdict: 'fail', fix: 'Install again: npm ci' }
      }
    },
  }
}

function optionalPackage(name: string, fix: string): Check {
  return {
    name,
    run: async signal => {
      try {
        const { stdout } = await execute(
          process.execPath,
          ['--input-type=module', '-e', `await import(${JSON.stringify(name)}); console.log('loads')`],
          { signal, cwd: import.meta.dirname },
        )
        return ok(stdout.trim())
      } catch {
        return { value: 'does not load', verdict: 'warn', fix }
      }
    },
  }
}

function firstLine(error: unknown): string {
  return messageOf(error).split('\n', 1)[0] ?? ''
}
