/** A bell within one process: a hint that something changed, never the truth about what. */
export interface Signal {
  ring(): void
  subscribe(ring: () => void): () => void
  /** Resolves at the next ring, after `waitMs`, or when aborted. */
  next(waitMs: number, aborted?: AbortSignal): Promise<void>
}

export function createSignal(): Signal {
  const listeners = new Set<() => void>()
  const subscribe = (ring: () => void): (() => void) => {
    listeners.add(ring)
    return () => void listeners.delete(ring)
  }
  return {
    ring: () => {
      for (const listener of [...listeners]) listener()
    },
    subscribe,
    next: (waitMs, aborted) =>
      new Promise(resolve => {
        if (aborted?.aborted) return resolve()
        const done = (): void => {
          clearTimeout(timer)
          stop()
          aborted?.removeEventListener('abort', done)
          resolve()
        }
        const timer = setTimeout(done, waitMs)
        const stop = subscribe(done)
        aborted?.addEventListener('abort', done)
      }),
  }
}
