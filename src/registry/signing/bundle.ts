import { FettleError } from '../../kernel/errors/index.ts'

/** What a DSSE envelope holds here: an in-toto statement. */
const payloadType = 'application/vnd.in-toto+json'
const mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json'

/** A signed statement as its bundle holds it; nothing of it is verified yet. */
export interface ParsedBundle {
  readonly payload: Buffer
  readonly signature: Buffer
  readonly material:
    | { readonly kind: 'key'; readonly hint: string | null }
    /** The signer's certificate first, then those above it. */
    | { readonly kind: 'certificates'; readonly chain: readonly Buffer[] }
}

/** The bytes that a DSSE signature is over (Pre-Authentication Encoding, DSSE v1). */
export function preAuthenticationEncoding(payload: Uint8Array): Buffer {
  const type = Buffer.byteLength(payloadType)
  return Buffer.concat([Buffer.from(`DSSEv1 ${type} ${payloadType} ${payload.length} `), payload])
}

export interface BundleParts {
  readonly payload: Uint8Array
  readonly signature: Uint8Array
  readonly material: ParsedBundle['material']
}

/** A sigstore bundle of version 0.3, as JSON text. */
export function writeBundle({ payload, signature, material }: BundleParts): string {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  return JSON.stringify({
    mediaType,
    verificationMaterial: {
      ...(material.kind === 'key'
        ? { publicKey: { hint: material.hint } }
        : {
            x509CertificateChain: { certificates: material.chain.map(each => ({ rawBytes: base64(each) })) },
          }),
      tlogEntries: [],
    },
    dsseEnvelope: {
      payload: base64(payload),
      payloadType,
      signatures: [{ sig: base64(signature), keyid: '' }],
    },
  })
}

/** Throws SIGNATURE_INVALID, which says what of the bundle is not as it must be. */
export function parseBundle(text: string): ParsedBundle {
  const bundle = objectAt(parseJson(text), 'the bundle')
  if (bundle['mediaType'] !== mediaType) throw invalidSignature(`its media type is not ${mediaType}`)
  const envelope = objectAt(bundle['dsseEnvelope'], 'dsseEnvelope')
  if (envelope['payloadType'] !== payloadType) throw invalidSignature(`its payload is not ${payloadType}`)
  const { signatures } = envelope
  if (!Array.isArray(signatures) || signatures.length !== 1)
    throw invalidSignature('it does not hold exactly one signature')
  return {
    payload: bytesAt(envelope['payload'], 'payload'),
    signature: bytesAt(objectAt(signatures[0], 'the signature')['sig'], 'sig'),
    material: materialOf(objectAt(bundle['verificationMaterial'], 'verificationMaterial')),
  }
}

function materialOf(material: Readonly<Record<string, unknown>>): ParsedBundle['material'] {
  if (material['x509CertificateChain'] !== undefined) {
    const { certificates } = objectAt(material['x509CertificateChain'], 'x509CertificateChain')
    if (!Array.isArray(certificates) || certificates.length === 0)
      throw invalidSignature('it has no certificate')
    return {
      kind: 'certificates',
      chain: certificates.map(each => bytesAt(objectAt(each, 'the certificate')['rawBytes'], 'rawBytes')),
    }
  }
  if (material['publicKey'] !== undefined) {
    const { hint } = objectAt(material['publicKey'], 'publicKey')
    return { kind: 'key', hint: typeof hint === 'string' && hint !== '' ? hint : null }
  }
  throw invalidSignature(
    'it was signed with neither a key nor a certificate chain, which is all that is verified here',
  )
}

export function invalidSignature(why: string): FettleError {
  return new FettleError('SIGNATURE_INVALID', `The signature cannot be relied on: ${why}`)
}

/** A signature that may be good, but of somebody who is not believed here. */
export function untrusted(why: string): FettleError {
  return new FettleError('SIGNATURE_INVALID', `The signature cannot be relied on: ${why}`, {
    details: { untrusted: true },
  })
}

export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    throw invalidSignature('it is not JSON')
  }
}

export function objectAt(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalidSignature(`${what} is no object`)
  return value as Readonly<Record<string, unknown>>
}

function bytesAt(value: unknown, what: string): Buffer {
  if (typeof value !== 'string' || value === '' || !/^[A-Za-z0-9+/]+={0,2}$/.test(value))
    throw invalidSignature(`${what} is not base64`)
  return Buffer.from(value, 'base64')
}
