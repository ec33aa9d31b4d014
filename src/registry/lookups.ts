import { FettleError } from '../kernel/errors/index.ts'
import type { ModelVersion, RegisteredModel } from './model.ts'
import type { RegistryStore, StoredVersion } from './ports.ts'
import type { ModelRecord } from './records/model.ts'

// The words of these messages are those that MLflow's clients look for.

export const unknownModel = (name: string) =>
  new FettleError('MODEL_UNKNOWN', `Registered Model with name=${name} not found`)

export const unknownVersion = (model: string, version: number) =>
  new FettleError('MODEL_VERSION_UNKNOWN', `Model Version (name=${model}, version=${version}) not found`)

export const unknownAlias = (model: string, alias: string) =>
  new FettleError('ALIAS_UNKNOWN', `Registered model alias ${alias} of model ${model} not found`)

export async function knownModel(store: RegistryStore, name: string): Promise<RegisteredModel> {
  const model = await store.findModel(name)
  if (model === undefined) throw unknownModel(name)
  return model
}

/** What every database takes as a version's number. */
const isPossible = (version: number) => Number.isInteger(version) && version > 0 && version < 2 ** 31

export async function knownVersion(
  store: RegistryStore,
  model: string,
  version: number,
): Promise<ModelVersion> {
  const found = isPossible(version) ? await store.findVersion(model, version) : undefined
  if (found === undefined) throw unknownVersion(model, version)
  return found
}

export async function knownModelRecord(store: RegistryStore, name: string): Promise<ModelRecord> {
  const model = await store.findModelRecord(name)
  if (model === undefined) throw unknownModel(name)
  return model
}

export async function knownVersionRecord(
  store: RegistryStore,
  { model, version }: { readonly model: string; readonly version: number },
): Promise<StoredVersion> {
  const found = isPossible(version) ? await store.findVersionRecord(model, version) : undefined
  if (found === undefined) throw unknownVersion(model, version)
  return found
}
