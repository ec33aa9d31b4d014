import { setTimeout as sleep } from 'node:timers/promises'
import { type FolderLock, lockFolder } from '../adapters/metadata/sqlite/folder-lock.ts'
import { isFettleError } from '../kernel/errors/index.ts'

const pollMs = 50
const longestWaitMs = 40_000

/** The lock of a folder as soon as its holder is gone. Throws FOLDER_IN_USE when that takes too long, or `signal` ends it. */
export async function lockWhenFree(folder: string, signal: AbortSignal): Promise<FolderLock> {
  for (const limit = performance.now() + longestWaitMs; ; await sleep(pollMs)) {
    try {
      return await lockFolder(folder)
    } catch (error) {
      if (!isFettleError(error, 'FOLDER_IN_USE') || signal.aborted || performance.now() > limit) throw error
    }
  }
}
