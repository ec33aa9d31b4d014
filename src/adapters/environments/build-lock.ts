import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isAlive } from '../../kernel/is-alive.ts'

const pollMs = 250

/**
 * Holds a folder-based lock while `work` runs; waits for another process that holds it and takes over from one that
 * died. A race of two takers costs a second build at worst: the result is renamed into place whole.
 */
export async function withBuildLock<Result>(
  lock: string,
  options: { onWait(pid: number): void; signal?: AbortSignal | undefined },
  work: () => Promise<Result>,
): Promise<Result> {
  let told = false
  while (!(await take(lock))) {
    options.signal?.throwIfAborted()
    const holder = await holderOf(lock)
    if (holder !== undefined && isAlive(holder)) {
      if (!told) options.onWait(holder)
      told = true
      await sleep(pollMs)
    } else if (holder !== undefined || !(await settles(lock))) await remove(lock)
  }
  try {
    return await work()
  } finally {
    await rm(lock, { recursive: true, force: true })
  }
}

async function take(lock: string): Promise<boolean> {
  try {
    await mkdir(lock)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
  await writeFile(join(lock, 'pid'), String(process.pid))
  return true
}

async function holderOf(lock: string): Promise<number | undefined> {
  const text = await readFile(join(lock, 'pid'), 'utf8').catch(() => '')
  return /^\d+$/.test(text) ? Number(text) : undefined
}

/** A lock without a pid is being made right now, or its maker died in between. */
async function settles(lock: string): Promise<boolean> {
  await sleep(1000)
  return (await holderOf(lock)) !== undefined
}

async function remove(lock: string): Promise<void> {
  const grave = `${lock}.dead-${process.pid}`
  await rename(lock, grave).catch(() => undefined)
  await rm(grave, { recursive: true, force: true })
}
