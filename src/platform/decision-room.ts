import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { MetadataDatabase } from '../adapters/metadata/index.ts'
import { type RolloutLogRow, releaseFolder } from '../deployments/index.ts'
import type { Clock } from '../kernel/clock.ts'
import { FettleError } from '../kernel/errors/index.ts'
import type { ObjectStore } from '../pipelines/index.ts'
import type { Release } from '../registry/index.ts'
import type { DecisionLogRoom, DecisionTraceFacts } from '../server/decision-log-room.ts'
import {
  type DecisionReader,
  type DecisionRecord,
  decisionLogStatus,
  type OpenExplainer,
} from '../serving/index.ts'
import type { Folders } from './folders.ts'
import { replayWhole } from './replay-decision.ts'

export interface DecisionRoomParts {
  readonly folders: Folders
  readonly reader: DecisionReader
  readonly database: Pick<MetadataDatabase, 'read'>
  readonly objects: ObjectStore
  readonly clock: Clock
  readonly openExplainer: OpenExplainer
}

/** Decisions as somebody asks for them: found, traced to who stands behind them, and done again. */
export function decisionRoom(parts: DecisionRoomParts): DecisionLogRoom {
  const { folders, reader, database, clock } = parts
  const recordOf = async (id: string): Promise<DecisionRecord> => {
    const record = await reader.find(id)
    if (record) return record
    throw new FettleError('DECISION_UNKNOWN', `no decision "${id.slice(0, 80)}" is in the prediction log`)
  }
  return {
    search: (filter, page) => reader.search(filter, page),
    status: () =>
      decisionLogStatus(join(folders.serving, 'log'), database.read.decisionManifest, clock.nowMicros()),
    async trace(id) {
      const record = await recordOf(id)
      const { release } = await releaseOf(parts, record)
      return traceOf(parts, record, release)
    },
    async replay(id) {
      const record = await recordOf(id)
      const made = await releaseOf(parts, record)
      return {
        predictionId: record.predictionId,
        lines: await replayWhole(record, made, { folders, openExplainer: parts.openExplainer }),
      }
    },
  }
}

/** The files of the release that decided; laid out again where they are gone. Throws RELEASE_REFUSED. */
async function releaseOf(
  { folders, database, objects }: DecisionRoomParts,
  { release: { deployment, digest } }: DecisionRecord,
): Promise<{ readonly release: Release; readonly releaseFolder: string }> {
  const folder = join(folders.serving, 'releases', digest.replace(/^sha256:/, ''))
  const read = () => readFile(join(folder, 'release.json'), 'utf8').catch(() => undefined)
  let text = await read()
  if (text === undefined) {
    const records = await database.read.deployments.listReleases(deployment)
    const found = records.find(each => each.release.digest === digest)
    if (found) await releaseFolder(folders.serving, objects).publish(found.release)
    text = await read()
  }
  if (text === undefined)
    throw new FettleError(
      'RELEASE_REFUSED',
      `release ${digest} of "${deployment}" is not known here any more`,
    )
  return { release: JSON.parse(text) as Release, releaseFolder: folder }
}

/** A shadow scores right after the answer; clocks of fronts may differ. */
const shadowMicros = 600_000_000n

async function traceOf(
  { reader, database }: DecisionRoomParts,
  record: DecisionRecord,
  release: Release,
): Promise<DecisionTraceFacts> {
  const { deployment, number, digest, model, features } = release
  const stored = database.read.deployments
  const records = await stored.listReleases(deployment)
  const made = records.find(each => each.release.digest === digest)
  const verdicts = await stored.listVerdicts(deployment)
  const servings = await stored.listServings(deployment)
  const rows = await database.read.rollouts.listRows(deployment)
  const { items } = await reader.search(
    {
      ...{ deployment, shadowOf: record.base, kinds: ['shadow', 'reverse-shadow'] },
      ...{ since: record.decidedAt - shadowMicros, until: record.decidedAt + shadowMicros },
    },
    { limit: 500 },
  )
  return {
    record,
    release: {
      ...{ number, digest, scorer: record.release.scorer },
      parts: [
        { part: `model ${model.name} v${model.version}`, hash: model.digest },
        ...model.files.map(({ path, hash }) => ({ part: `file ${path}`, hash })),
        ...features.views.map(view => ({
          part: `feature view ${view.name} v${view.version}`,
          hash: view.semanticHash,
        })),
      ],
      made: made === undefined ? null : { at: made.createdAt, by: made.by, reason: made.reason },
      verdicts: verdicts
        .filter(({ page }) => page.release.digest === digest)
        .map(({ id, at, hash, page }) => ({ id, at, hash, verdict: page.verdict, by: page.by })),
      approvals: await approvalsOf(database, rows, digest),
      servings: servings
        .filter(each => each.number === number)
        .map(({ at, by, reason }) => ({ at, by, reason })),
    },
    shadows: items.filter(each => each.row === record.row),
    rollout: rowInForce(rows, record),
  }
}

/** Those who approved exactly this release, in the order in which they did. */
async function approvalsOf(
  { read }: DecisionRoomParts['database'],
  rows: readonly RolloutLogRow[],
  digest: string,
): Promise<DecisionTraceFacts['release']['approvals']> {
  const own = new Set(rows.flatMap(row => (row.digest === digest && row.rollout ? [row.rollout] : [])))
  const found = await Promise.all([...own].map(rollout => read.rollouts.listApprovals(rollout)))
  return found
    .flat()
    .filter(approval => approval.digest === digest)
    .map(({ by, at }) => ({ by, at }))
}

function rowInForce(
  rows: readonly RolloutLogRow[],
  { assignment }: DecisionRecord,
): DecisionTraceFacts['rollout'] {
  const row = rows.find(({ seq }) => seq === assignment?.seq)
  if (row === undefined) return null
  const { seq, rollout, event, weight, actor, reason, at, hash } = row
  return { seq, rollout, event, weight, by: actor.name, reason, at, hash }
}
