import { readFileSync } from 'node:fs'
import { isAlive } from '../../../kernel/is-alive.ts'

/** Who holds a lock: a process id alone may be given to another process after a restart. */
export interface Holder {
  readonly pid: number
  /** Start of the process in clock ticks since boot, where the system tells; else ''. */
  readonly started: string
  readonly token: string
}

export function thisProcess(): Pick<Holder, 'pid' | 'started'> {
  return { pid: process.pid, started: startOf(process.pid) }
}

/** Does the process that took the lock still run? */
export function isHolding(holder: Holder): boolean {
  return isAlive(holder.pid) && startOf(holder.pid) === holder.started && !isZombie(holder.pid)
}

function stat(pid: number): readonly string[] {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return text.slice(text.lastIndexOf(')') + 2).split(' ')
  } catch {
    return []
  }
}

const startOf = (pid: number): string => stat(pid)[19] ?? ''
const isZombie = (pid: number): boolean => stat(pid)[0] === 'Z'
