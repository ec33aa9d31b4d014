import type { ReceiptSigner } from '../governance/index.ts'
import { canonicalJson, type Json } from '../kernel/canonical.ts'
import type { ReproductionReport } from './model.ts'

/** What is signed: the report without its signature, as canonical JSON (RFC 8785). */
function signedContent(report: Omit<ReproductionReport, 'signature'>): string {
  const { signature: _, ...content } = report as ReproductionReport
  return canonicalJson(content as unknown as Json)
}

export function signReport(
  signer: Pick<ReceiptSigner, 'sign'>,
  report: Omit<ReproductionReport, 'signature'>,
): ReproductionReport {
  return { ...report, signature: signer.sign(signedContent(report)) }
}

/** Whether the project's key signed this report as it is. */
export function isGenuine(signer: Pick<ReceiptSigner, 'verify'>, report: ReproductionReport): boolean {
  return signer.verify(signedContent(report), String(report.signature))
}
