import { join } from 'node:path'
import type { OfflineEngine } from '../features/index.ts'
import { type CaseOutcome, failed, type PlayContext, type PlayedCase, type VectorObject } from './model.ts'
import { list, object, optionalText } from './read.ts'

/** What a case is played with: the file's engine, and a path of its own that nothing stands at yet. */
export interface EngineCase extends PlayContext {
  readonly engine: OfflineEngine
}

/** Plays each case of a file against one engine, which is closed when the last has been played. */
export async function* playWithEngine(
  file: VectorObject,
  context: PlayContext,
  play: (played: VectorObject, context: EngineCase) => Promise<CaseOutcome>,
): AsyncIterable<PlayedCase> {
  const engine = context.runtime.createEngine()
  try {
    for (const [index, each] of list(file.get('cases')).entries()) {
      const played = object(each)
      const folder = join(context.folder, `case-${index}`)
      yield {
        name: caseName(played, index),
        outcome: await guard(() => play(played, { ...context, folder, engine })),
      }
    }
  } finally {
    await engine.close()
  }
}

/** What the case calls itself; its place in the file if it has no name. */
export function caseName(played: VectorObject, index: number): string {
  return optionalText(played.get('name')) ?? optionalText(played.get('id')) ?? `case ${index}`
}

/** A case that throws has failed; the message is the difference. */
export async function guard(play: () => Promise<CaseOutcome>): Promise<CaseOutcome> {
  try {
    return await play()
  } catch (error) {
    return failed(error instanceof Error ? `${error.name}: ${error.message}` : String(error))
  }
}
