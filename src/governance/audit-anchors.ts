import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto'
import { canonicalJson, sha256Hex } from '../kernel/canonical.ts'
import { formatTimestamp, type Micros } from '../kernel/time.ts'

/** The head of the chain at an instant, signed and kept outside the database. */
export interface AuditAnchor {
  readonly schema: 1
  readonly project: string
  /** Of the last event, and its hash. */
  readonly seq: number
  readonly hash: string
  /** Events up to it. */
  readonly count: number
  /** RFC 3339. */
  readonly at: string
  /** SHA-256 of the public key's PEM, in hex. */
  readonly key: string
  /** `ed25519:<base64url>` over the canonical JSON of the rest. */
  readonly signature: string
}

const prefix = 'ed25519:'

export const auditKeyId = (publicKeyPem: string): string => sha256Hex(publicKeyPem)

/** PEM of the public key of an Ed25519 key given as PKCS #8 PEM. */
export function auditPublicKey(privateKeyPem: string): string {
  return createPublicKey(createPrivateKey(privateKeyPem)).export({ type: 'spki', format: 'pem' }).toString()
}

export function signAnchor(
  head: { readonly project: string; readonly seq: number; readonly hash: string; readonly at: Micros },
  privateKeyPem: string,
): AuditAnchor {
  const { project, seq, hash, at } = head
  const key = auditKeyId(auditPublicKey(privateKeyPem))
  const content = { schema: 1 as const, project, seq, hash, count: seq, at: formatTimestamp(at), key }
  const signature = sign(null, Buffer.from(canonicalJson(content)), createPrivateKey(privateKeyPem))
  return { ...content, signature: `${prefix}${signature.toString('base64url')}` }
}

/** What is wrong with an anchor itself; undefined when it is of this key and whole. */
export function anchorFault(
  anchor: AuditAnchor,
  publicKeyPem: string,
): 'forged anchor' | 'bad signature' | undefined {
  const { signature, ...content } = anchor
  if (anchor.key !== auditKeyId(publicKeyPem)) return 'forged anchor'
  const bytes = Buffer.from(signature.slice(prefix.length), 'base64url')
  const fits = verify(null, Buffer.from(canonicalJson(content)), createPublicKey(publicKeyPem), bytes)
  return signature.startsWith(prefix) && fits ? undefined : 'bad signature'
}

/** Anchors of a file, one JSON object a line, in the order they were made; a cut last line is left out. */
export function parseAnchors(text: string): readonly AuditAnchor[] {
  const lines = text.split('\n')
  return lines.flatMap((line, index): AuditAnchor[] => {
    if (line.trim() === '') return []
    try {
      return [JSON.parse(line) as AuditAnchor]
    } catch (error) {
      if (index === lines.length - 1) return []
      throw new TypeError(`line ${index + 1} of the anchors is no JSON`, { cause: error })
    }
  })
}
