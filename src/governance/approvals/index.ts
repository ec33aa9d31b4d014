export {
  type ApprovalAct,
  type ApprovalStores,
  approvalAt,
  closeApproval,
  decideApproval,
  requestApproval,
} from './decide.ts'
export type { Approval, ApprovalState, Decision } from './model.ts'
export type { ApprovalStore } from './ports.ts'
