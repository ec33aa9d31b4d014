import { readFile } from 'node:fs/promises'
import { messageOf } from '../../kernel/message-of.ts'
import { writeWhole } from '../../kernel/write-whole.ts'
import { suppressToken } from '../online/erasure.ts'
import type { OnlineStore } from '../online/ports.ts'
import { readSuppressionList, type SuppressionList } from './suppression-list.ts'

export interface FollowOptions {
  /** The list, written by the control plane. */
  readonly file: string
  readonly store: OnlineStore
  /** Takes the rows of listed keys out of what this process alone writes to. Idempotent. */
  apply(list: SuppressionList): Promise<void>
  readonly report: (line: string) => void
  readonly pollMillis?: number
}

export interface ListFollower {
  /** Puts the list into the store again: for one that lost its data. */
  restore(): Promise<void>
  close(): Promise<void>
}

/** Where a follower writes the revision of the list it has applied. */
export const appliedFile = (file: string): string => `${file}.applied`

/** Revision of the list that the follower has applied last; empty before the first. */
export async function appliedRevision(file: string): Promise<string> {
  return readFile(appliedFile(file), 'utf8').catch(() => '')
}

/**
 * Follows the list of erased keys: a new revision is put into the store and applied, and then noted. What fails is said
 * and tried again; killed in between, it is done again at the next start.
 */
export async function followList(options: FollowOptions): Promise<ListFollower> {
  const { file, store, report, pollMillis = 250 } = options
  let done = await appliedRevision(file)
  let complaint = ''
  let running: Promise<void> | undefined

  async function restore(): Promise<void> {
    await putTokens(store, await readSuppressionList(file))
  }

  async function look(): Promise<void> {
    try {
      const list = await readSuppressionList(file)
      if (list.revision === done) return
      await putTokens(store, list)
      await options.apply(list)
      await writeWhole(appliedFile(file), list.revision)
      done = list.revision
      complaint = ''
    } catch (error) {
      const line = `erased keys: ${messageOf(error)}`
      if (line !== complaint) report(line)
      complaint = line
    }
  }

  const turn = (): Promise<void> => {
    running ??= look().finally(() => {
      running = undefined
    })
    return running
  }
  const poll = setInterval(() => void turn(), pollMillis)
  poll.unref()
  await restore().catch((error: unknown) => report(`erased keys: ${messageOf(error)}`))
  await turn()
  return {
    restore,
    async close() {
      clearInterval(poll)
      await running
    },
  }
}

async function putTokens(store: OnlineStore, { entries }: SuppressionList): Promise<void> {
  for (const { token } of entries) await store.update([suppressToken(Buffer.from(token, 'hex'))])
}
