import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { createDuckDBEngine } from '../adapters/engines/duckdb/index.ts'
import { scorerFactory } from '../adapters/scorers/index.ts'
import { compareWithReplay, type SkewReport } from '../features/index.ts'
import { messageOf } from '../kernel/message-of.ts'
import type { Release } from '../registry/index.ts'
import {
  type DecisionRecord,
  type OpenExplainer,
  type ReplayLine,
  replayDecision,
  unavailable,
} from '../serving/index.ts'
import { readPushed } from './actions/read-pushed.ts'
import { asDecided, loggedRow } from './decided-rows.ts'
import type { Folders } from './folders.ts'

export interface ReplayFolders {
  readonly folders: Folders
  readonly openExplainer: OpenExplainer
}

/** A decision done again: its features as they were known, from the offline store, and all that follows from its vector. */
export async function replayWhole(
  record: DecisionRecord,
  { release, releaseFolder }: { readonly release: Release; readonly releaseFolder: string },
  { folders, openExplainer }: ReplayFolders,
): Promise<readonly ReplayLine[]> {
  const lines = await replayDecision(record, {
    ...{ release, folder: releaseFolder, openExplainer },
    scorers: scorerFactory,
  })
  return [...lines, ...(await replayFeatures(record, release, folders))]
}

async function replayFeatures(
  record: DecisionRecord,
  release: Release,
  folders: Folders,
): Promise<readonly ReplayLine[]> {
  const row = loggedRow(record, release)
  if (record.states.includes('erased'))
    return [...row.answers.keys()].map(name =>
      unavailable(`feature ${name}`, null, 'erased with the person it was about'),
    )
  const scratchFolder = await mkdtemp(join(folders.work, 'replay-'))
  const engine = createDuckDBEngine({ temporaryFolder: scratchFolder, threads: 1 })
  const place = { projectFolder: folders.project, signal: AbortSignal.timeout(120_000) }
  try {
    const context = { ...place, scratchFolder }
    const { closure } = await readPushed(engine, { closure: release.features }, { context, folders })
    const report = await compareWithReplay(engine, closure, [row], {
      ...{ ...place, minRequests: 1, logged: asDecided },
    })
    return report.features.map(feature => featureLine(feature, row))
  } catch (error) {
    const reason = messageOf(error)
    return [...row.answers].map(([name, { value }]) => unavailable(`feature ${name}`, shown(value), reason))
  } finally {
    await engine.close()
    await rm(scratchFolder, { recursive: true, force: true })
  }
}

function featureLine(
  found: SkewReport['features'][number],
  { answers }: ReturnType<typeof loggedRow>,
): ReplayLine {
  const what = `feature ${found.feature}`
  const recorded = shown(answers.get(found.feature)?.value)
  if (found.requests === 0) return unavailable(what, recorded, 'the record does not hold it')
  if (found.equal > 0) return { what, outcome: 'same', recorded, replayed: recorded, reason: null }
  if (found.rounding > 0)
    return { what, outcome: 'within-tolerance', recorded, replayed: recorded, reason: 'order of a sum' }
  const [worst] = found.worst
  const reason =
    found.lag > 0 ? 'the online store was behind by less than the view allows' : (worst?.class ?? null)
  return { what, outcome: 'differs', recorded, replayed: shown(worst?.replayed.value), reason }
}

function shown(value: unknown): number | string | null {
  if (value === null || value === undefined) return null
  return typeof value === 'number' ? value : String(value)
}
