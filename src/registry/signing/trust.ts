import { createPublicKey, type KeyObject, X509Certificate } from 'node:crypto'
import { invalidSignature, type ParsedBundle, untrusted } from './bundle.ts'
import { certificatesOf, keyIdOf, signatureFits } from './keys.ts'

/** Whose signatures are believed. */
export interface Trust {
  /** By their ids. */
  readonly keys: ReadonlyMap<string, KeyObject>
  readonly roots: readonly X509Certificate[]
}

/** Public keys and certificates of authorities, each as PEM. */
export function trustOf(pems: readonly string[]): Trust {
  const keys = pems.flatMap(
    pem => pem.match(/-----BEGIN PUBLIC KEY-----[^-]+-----END PUBLIC KEY-----/g) ?? [],
  )
  return {
    keys: new Map(keys.map(pem => createPublicKey(pem)).map(key => [keyIdOf(key), key])),
    roots: pems.flatMap(certificatesOf),
  }
}

/** Id of the key that made the signature, when it is one that is believed. Throws SIGNATURE_INVALID. */
export function signedBy(bundle: ParsedBundle, trust: Trust, now: Date): string {
  const key =
    bundle.material.kind === 'key'
      ? trustedKey(bundle, bundle.material.hint, trust)
      : certifiedKey(bundle.material.chain, trust, now)
  if (!signatureFits(bundle, key)) throw invalidSignature('it does not fit what was signed')
  return keyIdOf(key)
}

/** Without a hint, as older signers wrote, every key is tried. */
function trustedKey(bundle: ParsedBundle, hint: string | null, { keys }: Trust): KeyObject {
  const found = hint === null ? [...keys.values()].find(key => signatureFits(bundle, key)) : keys.get(hint)
  if (found === undefined) throw untrusted('it was made with a key that is not trusted here')
  return found
}

/** The chain is followed from the signer up to a trusted root; every certificate on it holds now. */
function certifiedKey(raw: readonly Buffer[], { roots }: Trust, now: Date): KeyObject {
  const [signer, ...others] = raw.map(readCertificate)
  if (signer === undefined) throw invalidSignature('it has no certificate')
  if (!maySign(signer)) throw invalidSignature('its certificate is not one for signing')
  let current = signer
  for (let depth = 0; depth <= others.length + 1; depth++) {
    const below = current
    if (now < new Date(below.validFrom) || now > new Date(below.validTo))
      throw invalidSignature(`the certificate of ${oneLine(below.subject)} does not hold now`)
    if (roots.some(root => root.raw.equals(below.raw) || issued(root, below, now))) return signer.publicKey
    const above = others.find(each => each !== below && each.ca && issued(each, below, now))
    if (above === undefined) break
    current = above
  }
  throw untrusted('no trusted authority stands behind its certificate')
}

function issued(issuer: X509Certificate, below: X509Certificate, now: Date): boolean {
  const holds = now >= new Date(issuer.validFrom) && now <= new Date(issuer.validTo)
  return holds && below.checkIssued(issuer) && below.verify(issuer.publicKey)
}

const oneLine = (subject: string) => subject.replaceAll('\n', ', ')

function readCertificate(raw: Buffer): X509Certificate {
  try {
    return new X509Certificate(raw)
  } catch {
    throw invalidSignature('it holds something that is no certificate')
  }
}

const codeSigning = '1.3.6.1.5.5.7.3.3'
/** DER of the identifier of the extension that lists key usages, 2.5.29.15. */
const keyUsageId = Buffer.from('0603551d0f', 'hex')

/** It is for digital signatures, by its key usage, or for signing code, by its extended one. */
function maySign(certificate: X509Certificate): boolean {
  if (certificate.keyUsage?.includes(codeSigning)) return true
  const at = certificate.raw.indexOf(keyUsageId)
  if (at < 0) return false
  let rest = certificate.raw.subarray(at + keyUsageId.length)
  if (rest[0] === 0x01) rest = rest.subarray(3)
  // OCTET STRING of a BIT STRING: its first content byte counts unused bits, the next begins with digitalSignature.
  return rest[0] === 0x04 && rest[2] === 0x03 && ((rest[5] ?? 0) & 0x80) !== 0
}
