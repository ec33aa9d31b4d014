import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { root } from './root.ts'

/** `fettle server` in a process of its own. */
export interface ServerProcess {
  readonly url: string
  readonly pid: number
  /** What it wrote to standard error. */
  faults(): string
  kill(): Promise<void>
  stop(): Promise<void>
}

/** Starts it on a free port; resolves when it serves. */
export async function startServerProcess(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<ServerProcess> {
  const words = [join(root, 'bin', 'fettle'), 'server', '--folder', folder, '--port', '0', '--json']
  const child = spawn(process.execPath, words, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment, NO_COLOR: '1' },
  })
  let faults = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    faults += text
  })
  const url = await firstLine(child).catch(error => {
    throw new Error(`${String(error)}\n${faults}`)
  })
  const end = async (signal: 'SIGKILL' | 'SIGTERM'): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }
  return {
    url,
    pid: child.pid ?? 0,
    faults: () => faults,
    kill: () => end('SIGKILL'),
    stop: () => end('SIGTERM'),
  }
}

function firstLine(child: ChildProcess): Promise<string> {
  let output = ''
  return new Promise((resolve, reject) => {
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.includes('\n')) resolve((JSON.parse(output) as { url: string }).url)
    })
    child.once('exit', code => reject(new Error(`fettle server ended with code ${code}`)))
  })
}
