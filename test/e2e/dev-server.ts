import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { buildUi } from './build-ui.ts'

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))))
const bin = join(root, 'bin', 'fettle')
const execute = promisify(execFile)

/** Builds what `bin/fettle` and its pages need, where it is not there. */
export async function ensureBuilt(): Promise<void> {
  if (!existsSync(join(root, 'dist', 'cli.js')))
    await execute(process.execPath, [join(root, 'scripts', 'build.mjs')], { cwd: root })
  const ui = join(root, 'dist', 'ui')
  if (!existsSync(join(ui, 'index.html'))) await buildUi(ui)
}

/** One command as a user types it, with what it printed. Rejects with the output when it fails. */
export async function fettle(folder: string, ...args: readonly string[]): Promise<string> {
  const { stdout, stderr } = await execute(process.execPath, [bin, ...args, '--folder', folder], {
    env: { ...process.env, NO_COLOR: '1' },
  })
  return stdout + stderr
}

export interface DevServer {
  readonly url: string
  stop(): Promise<void>
}

/** `fettle dev` over a project folder, on free ports; resolves when it says that it is ready. */
export async function startDev(folder: string): Promise<DevServer> {
  const child = spawn(process.execPath, [bin, 'dev', '--folder', folder, '--port', '0', '--data-port', '0'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NO_COLOR: '1' },
  })
  await ready(child)
  const file = JSON.parse(readFileSync(join(folder, '.fettle', 'server.json'), 'utf8')) as { url: string }
  return { url: file.url, stop: () => stop(child) }
}

function ready(child: ChildProcess): Promise<void> {
  let output = ''
  return new Promise((resolve, reject) => {
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output += text
        if (output.includes('Ctrl-C')) resolve()
      })
    }
    child.once('exit', code => reject(new Error(`fettle dev ended with code ${code}:\n${output}`)))
  })
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const gone = new Promise(resolve => child.once('exit', resolve))
  child.kill('SIGTERM')
  await gone
}
