import { spawn } from 'node:child_process'
import type { ScorerChild } from '../ports.ts'

/** A scorer child from a command line; its output goes where this process's errors go. */
export function startProcess(command: string, args: readonly string[]): ScorerChild {
  const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] })
  return {
    get pid() {
      return child.pid
    },
    kill: signal => {
      child.kill(signal)
    },
    onExit: listener => {
      child.once('error', error => listener(error.message))
      child.once('exit', (code, signal) =>
        listener(signal ? `it ended by ${signal}` : `it ended with code ${code}`),
      )
    },
  }
}
