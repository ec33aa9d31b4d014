import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { createInterface } from 'node:readline'

/** A server process under measurement. */
export interface Server {
  readonly url: string
  readonly pid: number
  stop(): Promise<void>
}

/** Two cores: what is measured has the first to itself as far as we are concerned, all else the second. */
export const pinned = availableParallelism() >= 2 && existsSync('/usr/bin/taskset')

/** A command that runs on one core, where that can be had. */
export function pin(core: 0 | 1, command: readonly string[]): readonly string[] {
  return pinned ? ['/usr/bin/taskset', '-c', String(core), ...command] : command
}

/** Starts a role of a bench script on core 0; resolves with the address it prints. */
export function startRole(script: string, role: readonly string[]): Promise<Server> {
  const command = pin(0, [process.execPath, ...process.execArgv, script, ...role])
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['ignore', 'pipe', 'inherit'] })
  return new Promise((resolve, reject) => {
    child.once('exit', code => reject(new Error(`${role[0]} ended with ${code}`)))
    createInterface({ input: child.stdout }).once('line', url =>
      resolve({ url, pid: child.pid ?? 0, stop: () => stop(child) }),
    )
  })
}

export function stop(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.kill('SIGTERM')
  })
}

/** User and system time of a process and its threads, from the kernel's clock of ten milliseconds. */
export function cpuSeconds(pid: number): number {
  const fields = statOf(pid)
  return (Number(fields[11]) + Number(fields[12])) / 100
}

/** The same of a process and all that descend from it. */
export function treeCpuSeconds(pid: number): number {
  const pids = readdirSync('/proc').filter(name => /^\d+$/.test(name))
  const parents = new Map(pids.map(name => [Number(name), Number(statOf(Number(name))[1])]))
  const isOurs = (each: number): boolean => each === pid || (each > 1 && isOurs(parents.get(each) ?? 0))
  return [...parents.keys()].filter(isOurs).reduce((sum, each) => sum + cpuSeconds(each), 0)
}

/** Fields behind the name in /proc/PID/stat; none of a process that has gone. */
function statOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  } catch {
    return []
  }
}
