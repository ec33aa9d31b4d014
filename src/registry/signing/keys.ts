import {
  createPrivateKey,
  createPublicKey,
  type KeyObject,
  sign as signBytes,
  verify as verifyBytes,
  X509Certificate,
} from 'node:crypto'
import { sha256Hex } from '../../kernel/canonical.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { type ParsedBundle, preAuthenticationEncoding, writeBundle } from './bundle.ts'

/** What models are signed with, and how those who verify find the key. */
export interface BundleSigner {
  /** SHA-256 of the public key's PEM, in hex. */
  readonly keyId: string
  /** PEM. */
  readonly publicKey: string
  /** A sigstore bundle, as JSON text, over an in-toto statement. */
  sign(statement: object): string
}

const hashes: Readonly<Record<string, string>> = {
  prime256v1: 'sha256',
  secp384r1: 'sha384',
  secp521r1: 'sha512',
}

/** The hash that goes with a key; null for Ed25519, which has its own. Throws KEY_UNUSABLE for other kinds of keys. */
function hashOf(key: KeyObject): string | null {
  if (key.asymmetricKeyType === 'ed25519') return null
  const hash = hashes[key.asymmetricKeyDetails?.namedCurve ?? '']
  if (key.asymmetricKeyType === 'ec' && hash !== undefined) return hash
  throw new FettleError('KEY_UNUSABLE', 'the key is neither of P-256, P-384 or P-521 nor an Ed25519 key')
}

export const keyPem = (key: KeyObject): string => key.export({ type: 'spki', format: 'pem' }).toString()
export const keyIdOf = (key: KeyObject): string => sha256Hex(keyPem(key))

/**
 * A signer with a private key as PEM and, where there are any, certificates as PEM: the signer's own first. Throws
 * KEY_UNUSABLE when the first certificate is of another key.
 */
export function bundleSigner(keyText: string, certificatesText = ''): BundleSigner {
  const key = readPrivateKey(keyText)
  const hash = hashOf(key)
  const publicKey = createPublicKey(key)
  const chain = certificatesOf(certificatesText)
  if (chain[0] !== undefined && !chain[0].checkPrivateKey(key))
    throw new FettleError('KEY_UNUSABLE', 'the signing certificate is of another key')
  const material: ParsedBundle['material'] =
    chain.length > 0
      ? { kind: 'certificates', chain: chain.map(each => each.raw) }
      : { kind: 'key', hint: keyIdOf(publicKey) }
  return {
    keyId: keyIdOf(publicKey),
    publicKey: keyPem(publicKey),
    sign(statement) {
      const payload = Buffer.from(JSON.stringify(statement))
      return writeBundle({
        payload,
        signature: signBytes(hash, preAuthenticationEncoding(payload), key),
        material,
      })
    },
  }
}

function readPrivateKey(text: string): KeyObject {
  try {
    return createPrivateKey(text)
  } catch (cause) {
    throw new FettleError('KEY_UNUSABLE', 'the signing key is no private key in PEM', { cause })
  }
}

export function certificatesOf(pem: string): readonly X509Certificate[] {
  const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []
  return blocks.map(block => new X509Certificate(block))
}

export function signatureFits({ payload, signature }: ParsedBundle, key: KeyObject): boolean {
  return verifyBytes(hashOf(key), preAuthenticationEncoding(payload), key, signature)
}
