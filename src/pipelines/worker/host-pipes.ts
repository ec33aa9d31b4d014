import { fstatSync } from 'node:fs'
import { Socket } from 'node:net'
import { Worker } from 'node:worker_threads'
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
  if (isPipe(lifelineDescriptor)) watchLifeline()
  if (!isPipe(progressDescriptor)) return { progress: () => {}, close: async () => {} }
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
 * Ends this process's group when the worker is gone. A thread of its own, since the body may keep the event loop busy
 * for hours.
 */
function watchLifeline(): void {
  const source = `
    const { Socket } = require('node:net')
    const end = signal => { try { process.kill(-process.pid, signal) } catch { process.kill(process.pid, signal) } }
    const socket = new Socket({ fd: ${lifelineDescriptor}, readable: true, writable: false })
    socket.on('error', () => {})
    socket.on('close', () => { end('SIGTERM'); setTimeout(() => end('SIGKILL'), 5000) })
    socket.resume()`
  const watcher = new Worker(source, { eval: true, stdout: false, stderr: false })
  watcher.unref()
  watcher.on('error', () => {})
}
