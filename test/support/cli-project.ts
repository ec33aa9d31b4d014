import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ensureBuilt } from '../e2e/dev-server.ts'
import { root } from './root.ts'

/** A folder on a machine that has Node.js and nothing else, with a project in it that `fettle init` made. */
export async function cliProject(name: string) {
  await ensureBuilt()
  const parent = mkdtempSync(join(tmpdir(), 'fettle-cli-'))
  const project = join(parent, name)
  const onlyNode = join(parent, 'bin')
  const running: { stop(): Promise<void> }[] = []
  mkdirSync(onlyNode)
  symlinkSync(process.execPath, join(onlyNode, 'node'))

  function start(args: readonly string[], cwd: string) {
    const child = spawn(process.execPath, [join(root, 'bin', 'fettle'), ...args], {
      cwd,
      env: { PATH: onlyNode, HOME: parent },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const written = { out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      written.out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      written.err += text
    })
    const ended = new Promise<number | null>(resolve => child.once('exit', resolve))
    return { child, written, ended }
  }

  return {
    project,
    /** `fettle …` in a folder. */
    start,
    /** `fettle …` from inside the project, until it ends. */
    async fettle(...args: string[]) {
      const { written, ended } = start(args, project)
      const code = await ended
      return { code, ...written }
    },
    init: async (): Promise<number | null> => start(['init', name], parent).ended,
    async startDev(): Promise<void> {
      const { child, written, ended } = start(['dev', '--port', '0', '--data-port', '0'], project)
      running.push({
        stop: async () => {
          child.kill('SIGTERM')
          await ended
        },
      })
      for (let tries = 0; !written.out.includes('Fettle is ready'); tries++) {
        if (tries > 300 || child.exitCode !== null) throw new Error(written.err + written.out)
        await new Promise(resolve => setTimeout(resolve, 100))
      }
    },
    stopDev: async () => running.pop()?.stop(),
    async remove(): Promise<void> {
      for (const { stop } of running) await stop()
      rmSync(parent, { recursive: true, force: true })
    },
  }
}
