import { join } from 'node:path'
import { FettleError, isFettleError } from '../../kernel/errors/index.ts'
import type { Micros } from '../../kernel/time.ts'
import { listSegments } from '../decisions/segment-index.ts'
import type { LogWriter } from '../log/writer.ts'
import type { DecidedRequest, ServableRelease } from '../model.ts'
import { checkItem, contentOf, type ItemFacts } from './check-item.ts'
import { createFeedbackLog, type FeedbackLogOptions } from './feedback-log.ts'
import { encodeFeedback } from './frames.ts'
import type { FeedbackFrame, FeedbackItem, FeedbackReply } from './model.ts'
import { readFeedbackSegment } from './read-segment.ts'
import { remembered } from './remembered.ts'
import { feedbackTerms } from './terms.ts'

/** Requests whose predictions, and feedback whose ids a front remembers, at the least. */
const rememberedRequests = 100_000
const rememberedItems = 200_000
/** Items checked between two turns of the event loop, and in one frame. */
const itemsAtOnce = 500

export interface SentFeedback {
  readonly release: ServableRelease
  readonly items: readonly unknown[]
  /** Of this machine. */
  readonly receivedAt: Micros
  /** Name of who sent it; null where callers are not known. */
  readonly caller: string | null
}

/** Takes feedback in front of the control plane: checks each item, writes the good ones to the feedback log, says which. */
export interface FeedbackIntake {
  /** Rejects FEEDBACK_UNWRITABLE: then nothing of this request is acknowledged. */
  take(sent: SentFeedback): Promise<FeedbackReply>
  /**
   * The prediction log with its ears open: what was decided for a deployment that `listens`, or for a demonstration, is
   * known to `take` from then on.
   */
  overhear(log: LogWriter, listens: (deployment: string) => boolean): LogWriter
  /** What was taken becomes a sealed segment soon. */
  seal(): void
  close(): Promise<void>
}

interface Taken {
  readonly content: string
  /** Settles when it is in the log; undefined: it is. */
  writing?: Promise<void> | undefined
}

/** Opens `serving/feedback`; what its newest segments hold is known at once, whichever front wrote them. */
export async function openFeedback(
  options: Omit<FeedbackLogOptions, 'folder'> & { readonly servingFolder: string },
): Promise<FeedbackIntake> {
  const folder = join(options.servingFolder, 'feedback')
  const log = createFeedbackLog({ ...options, folder })
  const taken = remembered<Taken>(rememberedItems)
  const requests = remembered<number>(rememberedRequests)
  await recall(folder, taken)

  function isKnown({ target }: FeedbackItem): boolean {
    // The entity may have been decided on any server, any time: there is no id that could be unknown.
    if ('entityKey' in target) return true
    if ('requestId' in target) return target.row < (requests.get(target.requestId) ?? 0)
    const cut = target.predictionId.lastIndexOf('-')
    return Number(target.predictionId.slice(cut + 1)) < (requests.get(target.predictionId.slice(0, cut)) ?? 0)
  }

  return {
    async take(sent) {
      const sorted = await sortItems(sent, taken)
      const frames = framesOf(sent, sorted.fresh)
      const level = sent.release.log === 'synced' ? 'synced' : 'written'
      const writing = frames.length === 0 ? Promise.resolve() : log.append(frames, level)
      const entries = sorted.fresh.map(item => ({ key: keyOf(sent, item), content: contentOf(item) }))
      for (const { key, content } of entries) taken.set(key, { content, writing })
      try {
        await Promise.all([writing, ...sorted.waitFor])
      } catch (error) {
        for (const { key } of entries) taken.delete(key)
        throw error
      }
      for (const { key, content } of entries) taken.set(key, { content })
      const known = sorted.fresh.filter(isKnown).length
      return {
        accepted: known,
        duplicate: sorted.duplicate,
        pending: sorted.fresh.length - known,
        rejected: sorted.rejected,
      }
    },
    overhear: (writer, listens) => ({
      ...writer,
      append(request, level) {
        if (request.shadowOf === null && (request.kind === 'demo' || listens(request.note.deployment)))
          remember(requests, request)
        return writer.append(request, level)
      },
    }),
    seal: () => log.seal(),
    close: () => log.close(),
  }
}

function remember(requests: ReturnType<typeof remembered<number>>, request: DecidedRequest): void {
  let rows = request.rows.length
  for (const { row } of request.rows) if (row >= rows) rows = row + 1
  for (const id of request.requestId === request.base ? [request.base] : [request.base, request.requestId])
    requests.set(id, Math.max(rows, requests.get(id) ?? 0))
}

function keyOf({ release }: Pick<SentFeedback, 'release'>, { id }: FeedbackItem): string {
  return `${release.deployment} ${id}`
}

interface Sorted {
  readonly fresh: FeedbackItem[]
  duplicate: number
  /** Writes of the items that these are duplicates of. */
  readonly waitFor: Set<Promise<void>>
  readonly rejected: { index: number; code: string; message: string }[]
}

/** Which items are new, which were there, which cannot be taken. Gives way to other requests in between. */
async function sortItems(sent: SentFeedback, taken: ReturnType<typeof remembered<Taken>>): Promise<Sorted> {
  const { release, items, receivedAt, caller } = sent
  const facts: ItemFacts = { terms: feedbackTerms(release), receivedAt, caller }
  const sorted: Sorted = { fresh: [], duplicate: 0, waitFor: new Set(), rejected: [] }
  const here = new Map<string, string>()
  for (let index = 0; index < items.length; index++) {
    if (index > 0 && index % itemsAtOnce === 0) await new Promise(resolve => setImmediate(resolve))
    try {
      const item = checkItem(items[index], index, facts)
      const before = taken.get(keyOf(sent, item))
      const content = before?.content ?? here.get(item.id)
      if (content === undefined) {
        here.set(item.id, contentOf(item))
        sorted.fresh.push(item)
      } else if (content === contentOf(item)) {
        sorted.duplicate += 1
        if (before?.writing) sorted.waitFor.add(before.writing)
      } else
        throw new FettleError(
          'FEEDBACK_CONFLICT',
          `item ${index} has the id of other feedback, which is kept as it is`,
        )
    } catch (error) {
      if (!isFettleError(error)) throw error
      sorted.rejected.push({ index, code: error.code, message: error.message })
    }
  }
  // Another request may have brought the same while this one gave way.
  return settled(sent, sorted, taken)
}

function settled(sent: SentFeedback, sorted: Sorted, taken: ReturnType<typeof remembered<Taken>>): Sorted {
  const fresh = sorted.fresh.filter(item => {
    const before = taken.get(keyOf(sent, item))
    if (before === undefined) return true
    if (before.writing) sorted.waitFor.add(before.writing)
    return false
  })
  return { ...sorted, fresh, duplicate: sorted.duplicate + sorted.fresh.length - fresh.length }
}

function framesOf({ release, receivedAt }: SentFeedback, items: readonly FeedbackItem[]): Buffer[] {
  const declared = feedbackTerms(release).kinds
  const frames: Buffer[] = []
  for (let from = 0; from < items.length; from += itemsAtOnce) {
    const part = items.slice(from, from + itemsAtOnce)
    const names = [...new Set(part.map(({ kind }) => kind))]
    const kinds: FeedbackFrame['kinds'] = Object.fromEntries(
      names.flatMap(name => {
        const kind = declared.get(name)
        return kind ? [[name, { is: kind.is, within: kind.within }]] : []
      }),
    )
    const frame = {
      deployment: release.deployment,
      release: release.number,
      receivedAt: Number(receivedAt),
      kinds,
      items: part,
    }
    frames.push(encodeFeedback(frame))
  }
  return frames
}

/** Ids of the newest segments, oldest first, as if they had just been taken. */
async function recall(folder: string, taken: ReturnType<typeof remembered<Taken>>): Promise<void> {
  const newest: FeedbackFrame[][] = []
  let items = 0
  for (const name of (await listSegments(folder)).toReversed()) {
    if (items >= rememberedItems) break
    const { frames } = await readFeedbackSegment(folder, name)
    newest.push(frames.map(({ frame }) => frame))
    for (const { frame } of frames) items += frame.items.length
  }
  for (const frame of newest.reverse().flat())
    for (const item of frame.items) taken.set(`${frame.deployment} ${item.id}`, { content: contentOf(item) })
}
