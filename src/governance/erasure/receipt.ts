import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { canonicalJson } from '../../kernel/canonical.ts'
import type { ErasureReceipt } from './model.ts'
import type { ReceiptSigner } from './ports.ts'

const prefix = 'ed25519:'

/** A signer with an Ed25519 key (RFC 8032), given as PKCS #8 PEM. */
export function receiptSigner(pem: string): ReceiptSigner {
  const key: KeyObject = createPrivateKey(pem)
  const publicKey = createPublicKey(key)
  return {
    sign: content => `${prefix}${sign(null, Buffer.from(content), key).toString('base64url')}`,
    verify: (content, signature) =>
      signature.startsWith(prefix) &&
      verify(null, Buffer.from(content), publicKey, Buffer.from(signature.slice(prefix.length), 'base64url')),
  }
}

/** What is signed: the receipt without its signature, as canonical JSON (RFC 8785). */
export function signedContent(receipt: Omit<ErasureReceipt, 'signature'>): string {
  const { signature: _, ...content } = receipt as ErasureReceipt
  return canonicalJson(content as never)
}
