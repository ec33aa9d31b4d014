import type { ImportItem, ImportResult } from '../../api/tracking-import.ts'
import type { TrackingImport } from '../../experiments/index.ts'
import type { Principal } from '../../governance/index.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { RegistryImport } from '../../registry/index.ts'
import type { Handlers } from '../route-handlers.ts'

export interface Imports {
  readonly tracking: TrackingImport
  readonly registry: RegistryImport
}

export function importHandlers(imports: Imports): Pick<Handlers, 'importTracking'> {
  return {
    importTracking: async ({ body: { items }, principal }) => {
      const results: ImportResult[] = []
      for (const group of independent(items))
        results.push(...(await Promise.all(group.map(item => takeOver(imports, item, principal)))))
      return { results }
    },
  }
}

/** Neighbours of one kind that are about different things may share a commit. */
function independent(items: readonly ImportItem[]): readonly (readonly ImportItem[])[] {
  const groups: ImportItem[][] = []
  for (const item of items) {
    const last = groups.at(-1)
    if (last?.[0]?.kind === item.kind && item.kind !== 'model') last.push(item)
    else groups.push([item])
  }
  return groups
}

/** A refusal is an answer: what comes after it is not held up. */
async function takeOver(imports: Imports, item: ImportItem, principal: Principal): Promise<ImportResult> {
  try {
    return await write(imports, item, principal)
  } catch (error) {
    if (!(error instanceof FettleError) || error.code === 'DISK_FULL') throw error
    return { refused: [`${nameOf(item)}: ${error.message}`] }
  }
}

const nameOf = (item: ImportItem) =>
  item.kind === 'points' || item.kind === 'links'
    ? `${item.kind} of run ${item.run}`
    : `${item.kind} ${'id' in item ? item.id : item.name}`

const micros = (ms: number) => BigInt(ms) * 1_000n
const microsOrNull = (ms: number | null) => (ms === null ? null : micros(ms))
const value = (given: number | null) => given ?? Number.NaN

async function write(
  { tracking, registry }: Imports,
  item: ImportItem,
  principal: Principal,
): Promise<ImportResult> {
  switch (item.kind) {
    case 'experiment': {
      const { createdMs, updatedMs, ...experiment } = item
      const createdAt = micros(createdMs ?? updatedMs ?? 0)
      const updatedAt = microsOrNull(updatedMs) ?? createdAt
      return {
        id: await tracking.experiment({ ...experiment, createdAt, updatedAt }, principal),
        refused: [],
      }
    }
    case 'run': {
      const times = { startedAt: microsOrNull(item.startedMs), endedAt: microsOrNull(item.endedMs) }
      await tracking.run({ ...item, ...times }, principal)
      break
    }
    case 'points': {
      const points = item.points.map(([key, step, ms, given]) => ({
        key,
        step,
        at: micros(ms),
        value: value(given),
      }))
      await tracking.points(item.run, points, principal)
      break
    }
    case 'loggedModel':
      await tracking.loggedModel(
        {
          ...item,
          ...{ createdAt: micros(item.createdMs), updatedAt: micros(item.updatedMs) },
          metrics: item.metrics.map(({ key, step, run, ms, datasetName, datasetDigest, ...metric }) => ({
            ...{ key, step, run, at: micros(ms), value: value(metric.value), modelId: item.id },
            ...(datasetName === null ? {} : { dataset: { name: datasetName, digest: datasetDigest ?? '' } }),
          })),
        },
        principal,
      )
      break
    case 'links':
      await tracking.links(item.run, item, principal)
      break
    case 'model': {
      const versions = item.versions.map(({ createdMs, updatedMs, ...version }) => ({
        ...version,
        ...{ createdAt: micros(createdMs), updatedAt: micros(updatedMs) },
      }))
      const times = { createdAt: micros(item.createdMs), updatedAt: micros(item.updatedMs) }
      return { refused: [...(await registry.model({ ...item, ...times, versions }, principal))] }
    }
    case 'removeRun':
      await tracking.remove({ kind: 'run', id: item.id }, principal)
      break
    case 'removeLoggedModel':
      await tracking.remove({ kind: 'loggedModel', id: item.id }, principal)
      break
    case 'removeExperiment':
      await tracking.remove({ kind: 'experiment', id: item.id }, principal)
  }
  return { refused: [] }
}
