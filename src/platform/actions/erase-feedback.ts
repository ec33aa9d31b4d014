import { join } from 'node:path'
import type { ErasurePlace, ErasureSubject } from '../../governance/index.ts'
import { type FeedbackItem, feedbackSegments } from '../../serving/index.ts'
import { erasedKeyTexts } from '../erased-decisions.ts'
import { listChanged, predictionsOf, removeAside, whenSealed } from './erase-decisions.ts'
import { type ErasurePlaces, onlyKey } from './erase-places.ts'

/** Whether an item is about somebody: by the key, or by a prediction that was made of them. */
interface About {
  readonly predictionId: string | null
  readonly joined: string | null
  readonly requestId: string | null
  readonly row: number | null
  readonly entityKey: string | null
}

async function aboutTest(
  places: ErasurePlaces,
  subject: ErasureSubject,
): Promise<(deployment: string, about: About) => boolean> {
  const isKey = await erasedKeyTexts(places.database, onlyKey(subject, places.guard))
  const predictions = await predictionsOf(places, subject)
  return (deployment, { predictionId, joined, entityKey, requestId, row }) =>
    predictions.has(predictionId ?? '') ||
    predictions.has(joined ?? '') ||
    predictions.has(`${requestId}-${row}`) ||
    (entityKey !== null && entityKey !== '' && isKey(deployment, entityKey))
}

/** The label table: what was said stays, and when; whom it is about, who said it and in which words go. */
export function feedbackPlace(places: ErasurePlaces): ErasurePlace {
  const { database } = places
  const found = async (subject: ErasureSubject): Promise<readonly number[]> => {
    const isAbout = await aboutTest(places, subject)
    const seqs: number[] = []
    for (let after = 0; ; ) {
      const items = await database.read.feedback.personal({ after, limit: itemsAtOnce })
      for (const { deployment, join, seq, ...about } of items)
        if (isAbout(deployment, { ...about, joined: join.predictionId })) seqs.push(seq)
      if (items.length < itemsAtOnce) return seqs
      after = items.at(-1)?.seq ?? after
    }
  }
  return {
    store: 'feedback',
    act: 'rewritten',
    count: async subject => (await found(subject)).length,
    async remove(subject) {
      const seqs = await found(subject)
      await database.transaction(({ feedback }) => feedback.forget(seqs))
    },
  }
}

const itemsAtOnce = 4000

/** The logs of the fronts that the label table was read from. */
export function feedbackLogPlace(places: ErasurePlaces): ErasurePlace {
  const segments = feedbackSegments(places.folders.serving)
  const testOf = async (subject: ErasureSubject) => {
    const isAbout = await aboutTest(places, subject)
    return (deployment: string, { target, note, actor }: FeedbackItem) =>
      (note !== null || actor !== null || 'entityKey' in target) &&
      isAbout(deployment, { ...nothing, ...target })
  }
  return {
    store: 'feedback-log',
    act: 'rewritten',
    async count(subject) {
      const changed = await listChanged(places)
      const there = (await segments.list()).filter(each => each.createdMillis <= changed)
      if (there.length === 0) return 0
      const test = await testOf(subject)
      let count = 0
      for (const segment of there)
        for (const { frame } of (await segment.read(0)).frames)
          count += frame.items.filter(item => test(frame.deployment, item)).length
      return count
    },
    async remove(subject) {
      const test = await testOf(subject)
      await whenSealed(async () => {
        let waits = false
        const changed = await listChanged(places)
        for (const segment of await segments.list()) {
          if (segment.createdMillis > changed) continue
          if (segment.sealed) await segment.erase(test)
          else
            waits ||= (await segment.read(0)).frames.some(({ frame }) =>
              frame.items.some(item => test(frame.deployment, item)),
            )
        }
        return !waits
      }, 'the feedback log')
      await removeAside(join(places.folders.serving, 'feedback'))
    },
  }
}

const nothing = { predictionId: null, joined: null, requestId: null, row: null, entityKey: null }
