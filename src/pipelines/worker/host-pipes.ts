import { type ChildProcess, spawn } from 'node:child_process'
import { fstatSync } from 'node:fs'
import { Socket } from 'node:net'
import type { ActionContext } from '../actions.ts'

/** Descriptor for progress lines to the worker. */
const progressDescriptor = 3
/** Descriptor that closes when the worker is gone. */
const lifelineDescriptor = 4

const throttleMs = 100
const closeWaitMs = 1_000

export interface HostPipes {
  readonly progress: ActionContext['progress']
  /** Sends the last progress and closes. */
  close(): Promise<void>
}

/** Opens the two pipes to the worker. Run by hand, without them, progress goes nowhere and nothing watches. */
export function openHostPipes(): HostPipes {
  const watcher = isPipe(lifelineDescriptor) ? watchLifeline() : undefined
  const stopWatching = (): void => void watcher?.kill('SIGKILL')
  if (!isPipe(progressDescriptor)) return { progress: () => {}, close: async () => stopWatching() }
  const socket = new Socket({ fd: progressDescriptor, readable: false, writable: true })
  socket.unref()
  socket.on('error', () => {})
  let pending: string | undefined
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    timer = undefined
    if (pending !== undefined) socket.write(pending)
    pending = undefined
  }
  return {
    progress: update => {
      pending = `${JSON.stringify(update)}\n`
      timer ??= setTimeout(flush, throttleMs).unref()
    },
    close: () =>
      new Promise(resolve => {
        stopWatching()
        clearTimeout(timer)
        flush()
        setTimeout(resolve, closeWaitMs)
        socket.end(resolve)
      }),
  }
}

function isPipe(descriptor: number): boolean {
  try {
    const found = fstatSync(descriptor)
    return found.isFIFO() || found.isSocket()
  } catch {
    return false
  }
}

/**
 * Ends this process's group when the worker is gone. A process of its own, since the body may keep the event loop
 * busy for hours; a shell, since a thread takes longer to start than most steps run.
 */
function watchLifeline(): ChildProcess {
  const stdio = ['ignore', 'ignore', 'ignore', 'ignore', lifelineDescriptor] as const
  const watcher = spawn('/bin/sh', ['-c', watchScript(process.pid)], { stdio: [...stdio] })
  watcher.unref()
  watcher.on('error', () => {})
  return watcher
}

/** Reads until the pipe closes, asks the group to end, and after five seconds, or once its leader is gone, ends it. */
function watchScript(leader: number): string {
  const signal = (name: string): string => `kill -${name} -${leader} 2>/dev/null || kill -${name} ${leader}`
  return [
    "trap '' TERM INT HUP",
    `read -r end <&${lifelineDescriptor}`,
    signal('TERM'),
    `n=0; while [ $n -lt 50 ] && kill -0 ${leader} 2>/dev/null; do sleep 0.1; n=$((n+1)); done`,
    signal('KILL'),
  ].join('\n')
}
