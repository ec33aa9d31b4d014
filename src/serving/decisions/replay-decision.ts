import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf } from '../../kernel/message-of.ts'
import type { Release } from '../../registry/index.ts'
import { compileFallback } from '../front/fallback.ts'
import { segmentThresholds } from '../front/segment-thresholds.ts'
import type { DecisionRecord } from '../model.ts'
import type { OpenExplainer, ScorerFactory } from '../ports.ts'

/** One thing that was done again. */
export interface ReplayLine {
  /** `file <path>`, `score`, `threshold`, `action`, `contributions`, or `feature <name>`. */
  readonly what: string
  readonly outcome: 'same' | 'within-tolerance' | 'differs' | 'unavailable'
  readonly recorded: number | string | null
  readonly replayed: number | string | null
  /** Why it is unavailable, or what explains a difference. */
  readonly reason: string | null
}

export interface ReplayParts {
  readonly release: Release
  /** Of the release's files. */
  readonly folder: string
  readonly scorers: ScorerFactory
  readonly openExplainer: OpenExplainer
}

/** Base + contributions = raw score, within this. */
const contributionTolerance = 1e-6

/**
 * Does a decision again from its record and the release that made it: its files by their hashes, score and action from
 * the recorded vector, which must be the same bits, and that the contributions add up.
 */
export async function replayDecision(
  record: DecisionRecord,
  parts: ReplayParts,
): Promise<readonly ReplayLine[]> {
  return [
    ...(await replayFiles(parts)),
    await attempted('score', record.score, () => replayScore(record, parts)),
    ...replayAction(record, parts.release),
    await attempted('contributions', null, () => replayContributions(record, parts)),
  ]
}

async function attempted(
  what: string,
  recorded: ReplayLine['recorded'],
  work: () => Promise<ReplayLine>,
): Promise<ReplayLine> {
  try {
    return await work()
  } catch (error) {
    return unavailable(what, recorded, messageOf(error))
  }
}

export function unavailable(what: string, recorded: ReplayLine['recorded'], reason: string): ReplayLine {
  return { what, outcome: 'unavailable', recorded, replayed: null, reason }
}

function replayFiles({ release, folder }: ReplayParts): Promise<readonly ReplayLine[]> {
  return Promise.all(
    release.model.files.map(({ path, hash }) =>
      attempted(`file ${path}`, hash, async () => {
        const found = `sha256:${createHash('sha256')
          .update(await readFile(join(folder, path)))
          .digest('hex')}`
        return compared(`file ${path}`, hash, found)
      }),
    ),
  )
}

function compared(
  what: string,
  recorded: number | string | null,
  replayed: number | string | null,
): ReplayLine {
  return {
    what,
    outcome: Object.is(recorded, replayed) ? 'same' : 'differs',
    recorded,
    replayed,
    reason: null,
  }
}

async function replayScore(record: DecisionRecord, parts: ReplayParts): Promise<ReplayLine> {
  const { release, folder, scorers } = parts
  const { servedBy, score } = record
  if (isErased(record)) return unavailable('score', score, erased)
  if (servedBy !== 'model' && servedBy !== 'former') return replayLink(record, release)
  const scorer = await scorers.open({
    ...{ folder, format: release.model.format, inputs: record.vector.length },
    kind: record.release.scorer.kind,
  })
  try {
    const [again = Number.NaN] = await scorer.score(record.vector, 1)
    const line = compared('score', score, again)
    if (line.outcome === 'same') return line
    const was = record.release.scorer
    const reason =
      was.kind === scorer.kind && was.build === scorer.build
        ? null
        : `it was scored by ${was.kind} ${was.build}, and now by ${scorer.kind} ${scorer.build}`
    const isNear = Math.abs(again - score) <= release.tolerance
    return { ...line, reason, outcome: isNear ? 'within-tolerance' : 'differs' }
  } finally {
    await scorer.close()
  }
}

/** A link of the fallback chain that answers from the row alone. */
function replayLink({ servedBy, score, entity, vector }: DecisionRecord, release: Release): ReplayLine {
  for (const link of compileFallback(release)) {
    if (link.servedBy !== servedBy || link.servedBy === 'former') continue
    const again = link.score(entity, vector)
    // Of several rules the first with an answer answers.
    if (!Number.isNaN(again)) return compared('score', score, again)
  }
  return unavailable('score', score, `the release has no "${servedBy}" with an answer for this row`)
}

const erased = 'erased with the person it was about'
const isErased = ({ states }: DecisionRecord): boolean => states.includes('erased')

function replayAction(record: DecisionRecord, release: Release): readonly ReplayLine[] {
  const thresholds = segmentThresholds(release)
  const { threshold, action, score, entity, vector } = record
  if (thresholds === undefined) return [compared('action', action, null)]
  if (isErased(record))
    return [unavailable('threshold', threshold, erased), unavailable('action', action, erased)]
  const again = thresholds.thresholdAt(thresholds.segmentAt(entity, vector))
  const acts = score > again && release.action !== null ? release.action.name : null
  return [compared('threshold', threshold, again), compared('action', action, acts)]
}

async function replayContributions(
  record: DecisionRecord,
  { release, folder, openExplainer }: ReplayParts,
): Promise<ReplayLine> {
  if (isErased(record)) return unavailable('contributions', null, erased)
  const explainer = await openExplainer(folder, release.model.format)
  if (explainer === undefined)
    return unavailable('contributions', null, 'there is no exact explanation of this kind of model')
  try {
    const { baseline, contributions, rawScore } = await explainer.explain(record.vector)
    const sum = contributions.reduce((total, each) => total + each, baseline)
    const difference = Math.abs(sum - rawScore)
    const outcome =
      difference === 0 ? 'same' : difference <= contributionTolerance ? 'within-tolerance' : 'differs'
    return { what: 'contributions', outcome, recorded: rawScore, replayed: sum, reason: null }
  } finally {
    await explainer.close?.()
  }
}
