export type {
  AliasEvent,
  ModelFile,
  ModelFormat,
  ModelVersion,
  RegisteredModel,
  Release,
  Signature,
  SignatureField,
} from './model.ts'
export type { RegistryStore } from './ports.ts'
export { releaseDigest } from './release-digest.ts'
export {
  type AliasChange,
  createRegistryService,
  type NewModelVersion,
  type RegistryService,
  type RegistryStores,
} from './service.ts'
