import { existsSync, readdirSync, readFileSync } from 'node:fs'

/** Whether this system tells of processes in /proc (Linux does, macOS does not). */
export const tellsProcesses = existsSync('/proc/self/stat')

/** Facts of a living process from /proc; undefined where there is none (or no /proc). Zombies do not count as living. */
export interface ProcessFacts {
  readonly pid: number
  readonly group: number
  /** Ticks since boot at which it started. */
  readonly started: string
}

export function processFacts(pid: number): ProcessFacts | undefined {
  const stat = readText(`/proc/${pid}/stat`)
  if (stat === undefined) return undefined
  // The second field is the name in parentheses, which may hold blanks and parentheses itself.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [state, , group = '0'] = fields
  if (state === 'Z' || state === 'X') return undefined
  return { pid, group: Number(group), started: fields[19] ?? '' }
}

/** Living processes that belong to a group, or carry a mark (`NAME=value`) in their environment. */
export function findMembers(query: {
  readonly group: number | null
  readonly mark: string
}): readonly number[] {
  return listPids().filter(pid => {
    if (pid === process.pid) return false
    const facts = processFacts(pid)
    if (facts === undefined) return false
    return (query.group !== null && facts.group === query.group) || hasMark(pid, query.mark)
  })
}

function hasMark(pid: number, mark: string): boolean {
  const environment = readText(`/proc/${pid}/environ`)
  return environment?.split('\0').includes(mark) === true
}

function listPids(): readonly number[] {
  try {
    return readdirSync('/proc')
      .filter(name => /^\d+$/.test(name))
      .map(Number)
  } catch {
    return []
  }
}

/** How often the kernel killed for memory in this process's control group; 0 where that is not told. */
export function memoryKills(): number {
  const path = /^0::(.*)$/m.exec(readText('/proc/self/cgroup') ?? '')?.[1] ?? ''
  const events = readText(`/sys/fs/cgroup${path}/memory.events`) ?? readText('/sys/fs/cgroup/memory.events')
  const found = events ?? readText('/sys/fs/cgroup/memory/memory.oom_control') ?? ''
  return Number(/^oom_kill (\d+)$/m.exec(found)?.[1] ?? 0)
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
  }
}

/** Whether a process group has a member. Zombies count. */
export function groupLives(group: number): boolean {
  try {
    process.kill(-group, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
