export * from './approvals/index.ts'
export { type AuditAnchor, auditPublicKey, parseAnchors, signAnchor } from './audit-anchors.ts'
export { auditHash, auditRoot } from './audit-chain.ts'
export {
  type AuditEvidence,
  type AuditVerification,
  verifyAuditChain,
} from './audit-verify.ts'
export * from './erasure/index.ts'
export type { AuditEvent, AuditLink, Principal } from './model.ts'
export type { AuditStore } from './ports.ts'
export {
  type AuditEntry,
  type AuditService,
  type AuditStores,
  auditWriter,
  createAuditService,
  localPrincipal,
} from './service.ts'
export * from './suggestions/index.ts'
