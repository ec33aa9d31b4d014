import type * as wire from '../../api/tracking-models.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import {
  type AliasEvent,
  lackedForRelease,
  type ModelRecord,
  type VersionRecord,
} from '../../registry/index.ts'

export function modelRecordToWire(model: ModelRecord): wire.ModelRecord {
  const { id, name, kind, description, createdAt, updatedAt, tags, aliases } = model
  return {
    id,
    name,
    kind,
    description,
    createdAt: formatTimestamp(createdAt),
    updatedAt: formatTimestamp(updatedAt),
    tags: { ...tags },
    aliases: { ...aliases },
  }
}

export function aliasEventToWire({ alias, version, at, by, reason }: AliasEvent): wire.AliasEvent {
  return { alias, version, at: formatTimestamp(at), by, reason }
}

export function versionRecordToWire(version: VersionRecord): wire.VersionRecord {
  const { createdAt, updatedAt, tags, aliases, files, signature, executesCode, ...rest } = version
  return {
    ...rest,
    lacked: lackedForRelease(version),
    createdAt: formatTimestamp(createdAt),
    updatedAt: formatTimestamp(updatedAt),
    tags: { ...tags },
    aliases: [...aliases],
    files: files.map(({ path, hash, bytes }) => ({
      path,
      hash,
      bytes,
      executesCode: executesCode.includes(path),
    })),
    signature: signature && {
      inputs: signature.inputs.map(({ name, type, nullable }) => ({ name, type, nullable })),
      outputs: signature.outputs.map(({ name, type, nullable }) => ({ name, type, nullable })),
    },
  }
}
