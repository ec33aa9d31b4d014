export { type AuditFault, auditHash, auditRoot } from './audit-chain.ts'
export * from './erasure/index.ts'
export type { AuditEvent, AuditLink, Principal } from './model.ts'
export type { AuditStore } from './ports.ts'
export {
  type AuditEntry,
  type AuditService,
  type AuditStores,
  type AuditVerification,
  auditWriter,
  createAuditService,
  localPrincipal,
} from './service.ts'
