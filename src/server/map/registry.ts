import type { Model, ModelSummary, RegisterVersion, ModelVersion as WireVersion } from '../../api/tracking.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { AliasEvent, ModelVersion, RegisteredModel, SignatureField } from '../../registry/index.ts'
import type { NewModelVersion } from '../services.ts'
import { fromWireJson, toWireJson } from './json.ts'

export interface ModelParts {
  readonly model: RegisteredModel
  readonly versions: readonly ModelVersion[]
  readonly aliases: Readonly<Record<string, number>>
}

export function modelSummaryToWire({ model, versions, aliases }: ModelParts): ModelSummary {
  return {
    name: model.name,
    description: model.description,
    createdAt: formatTimestamp(model.createdAt),
    latestVersion: versions.reduce<number | null>(
      (latest, { version }) => Math.max(latest ?? 0, version),
      null,
    ),
    aliases: { ...aliases },
  }
}

/** Versions and alias history newest first. */
export function modelToWire(parts: ModelParts & { readonly aliasHistory: readonly AliasEvent[] }): Model {
  return {
    ...modelSummaryToWire(parts),
    versions: [...parts.versions]
      .sort((a, b) => b.version - a.version)
      .map(version => modelVersionToWire(version, parts.aliases)),
    aliasHistory: [...parts.aliasHistory]
      .reverse()
      .map(({ alias, version, at, by, reason }) => ({ alias, version, at: formatTimestamp(at), by, reason })),
  }
}

export function modelVersionToWire(
  version: ModelVersion,
  aliases: Readonly<Record<string, number>>,
): WireVersion {
  return {
    model: version.model,
    version: version.version,
    createdAt: formatTimestamp(version.createdAt),
    experimentRun: version.experimentRun,
    pipelineRun: version.pipelineRun,
    format: version.format,
    signature: version.signature && {
      inputs: version.signature.inputs.map(({ name, type, nullable }) => ({ name, type, nullable })),
      outputs: version.signature.outputs.map(({ name, type, nullable }) => ({ name, type, nullable })),
    },
    metrics: { ...version.metrics },
    trainingSet: version.trainingSet === null ? null : { ...version.trainingSet },
    environment: toWireJson(version.environment),
    files: version.files.map(file => ({ ...file })),
    evaluation: version.evaluation === null ? null : toWireJson(version.evaluation),
    aliases: Object.entries(aliases)
      .filter(([, pointed]) => pointed === version.version)
      .map(([alias]) => alias)
      .sort(),
    digest: version.digest,
  }
}

export function newVersionFromWire(model: string, body: RegisterVersion): NewModelVersion {
  const { description, evaluation, environment, signature, ...rest } = body
  return {
    ...rest,
    model,
    ...(description === undefined ? {} : { description }),
    signature: {
      inputs: signature.inputs as SignatureField[],
      outputs: signature.outputs as SignatureField[],
    },
    environment: fromWireJson(environment),
    evaluation: evaluation === null ? null : fromWireJson(evaluation),
  }
}
