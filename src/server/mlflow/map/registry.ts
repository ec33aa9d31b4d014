import { FettleError } from '../../../kernel/errors/index.ts'
import type { ModelRecord, VersionRecord, VersionStatus } from '../../../registry/index.ts'
import { filled, millis, pairsOf, set } from './facts.ts'

/** Versions are decimal text on this wire; integers that are no version's are for the registry to tell. Throws BAD_REQUEST. */
export function versionOf(text: string): number {
  if (!/^\s*[+-]?\d+\s*$/.test(text))
    throw new FettleError(
      'BAD_REQUEST',
      `Parameter 'version' must be an integer, got '${text.slice(0, 200)}'.`,
    )
  return Number(text)
}

const statusNames = {
  pending: 'PENDING_REGISTRATION',
  failed: 'FAILED_REGISTRATION',
  ready: 'READY',
} as const satisfies Record<VersionStatus, string>

export function versionToWire(version: VersionRecord): object {
  return {
    name: version.model,
    version: String(version.version),
    creation_timestamp: millis(version.createdAt),
    last_updated_timestamp: millis(version.updatedAt),
    current_stage: version.stage,
    description: version.description,
    source: version.source ?? version.location,
    run_id: version.run ?? '',
    run_link: version.runLink ?? '',
    model_id: set(version.loggedModel),
    status: statusNames[version.status],
    tags: filled(pairsOf(version.tags)),
    aliases: filled(version.aliases),
  }
}

export function modelToWire(model: ModelRecord, latest: readonly VersionRecord[]): object {
  return {
    name: model.name,
    creation_timestamp: millis(model.createdAt),
    last_updated_timestamp: millis(model.updatedAt),
    description: set(model.description),
    latest_versions: filled(latest.map(versionToWire)),
    tags: filled(pairsOf(model.tags)),
    aliases: filled(
      Object.entries(model.aliases).map(([alias, version]) => ({ alias, version: String(version) })),
    ),
  }
}
