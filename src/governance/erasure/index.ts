export type { Erasure, ErasureFacts, ErasureReceipt, ErasureSubject, PlaceResult } from './model.ts'
export type { ErasureGround, ErasurePlace, ErasureStore, PendingKeys, ReceiptSigner } from './ports.ts'
export { receiptSigner } from './receipt.ts'
export { createErasureService, type ErasureService } from './service.ts'
