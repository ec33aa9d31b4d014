import type { Page, PageRequest } from '../../kernel/unit-of-work.ts'
import type { Approval } from './model.ts'

export interface ApprovalStore {
  insertApproval(approval: Approval): Promise<void>
  findApproval(id: string): Promise<Approval | undefined>
  /** State, decisions and end may differ from what is stored. */
  updateApproval(approval: Approval): Promise<void>
  /** Newest first. */
  listApprovals(
    query: PageRequest & { readonly subject?: string; readonly kind?: string },
  ): Promise<Page<Approval>>
}
