import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseBundle } from './bundle.ts'
import { bundleSigner } from './keys.ts'
import { compareFiles, modelStatement, readModelStatement, type SignedFile } from './statement.ts'
import { signedBy, trustOf } from './trust.ts'

const now = new Date('2027-01-01T00:00:00Z')
const pem = (key: { export(options: object): string | Buffer }) =>
  key.export({ type: 'pkcs8', format: 'pem' }).toString()
const signers = {
  'P-256': bundleSigner(pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey)),
  'P-384': bundleSigner(pem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey)),
  'P-521': bundleSigner(pem(generateKeyPairSync('ec', { namedCurve: 'P-521' }).privateKey)),
  Ed25519: bundleSigner(pem(generateKeyPairSync('ed25519').privateKey)),
}
const signer = signers['P-256']
const trust = trustOf([signer.publicKey])
const hash = (digit: string) => `sha256:${digit.repeat(64)}`
const files: readonly SignedFile[] = [
  { path: 'weights.bin', hash: hash('1') },
  { path: 'config/a.json', hash: hash('2') },
  { path: 'ﬀ.txt', hash: hash('3') },
  { path: '🂡.txt', hash: hash('4') },
]

function verify(text: string, present: readonly SignedFile[] = files, believed = trust) {
  const bundle = parseBundle(text)
  return [signedBy(bundle, believed, now), compareFiles(readModelStatement(bundle.payload), present)] as const
}

describe('a signed model', () => {
  it.each(Object.entries(signers))('verifies with %s', (_name, each) => {
    const text = each.sign(modelStatement('late', files))
    expect(verify(text, files, trustOf([each.publicKey]))).toEqual([each.keyId, []])
    expect(() => verify(text, files, trustOf([]))).toThrow('not trusted')
  })

  it('lists its files by code point, with a root digest over theirs', () => {
    const statement = modelStatement('late', files) as {
      subject: { digest: { sha256: string } }[]
      predicate: { resources: { name: string }[] }
    }
    expect(statement.predicate.resources.map(({ name }) => name)).toEqual([
      ...['config/a.json', 'weights.bin', 'ﬀ.txt', '🂡.txt'],
    ])
    const { subject } = modelStatement('late', [{ path: 'a', hash: hash('0') }]) as typeof statement
    // SHA-256 of 32 bytes of zero.
    expect(subject[0]?.digest.sha256).toBe('66687aadf862bd776c8fc18b8e9f8e20089714856ee233b3902a591d0d5f2925')
  })

  it('names every file that is altered, missing or was not signed', () => {
    const text = signer.sign(modelStatement('late', files))
    const [one, ...rest] = files as [SignedFile, ...SignedFile[]]
    expect(verify(text, [...rest, { ...one, hash: hash('9') }])[1]).toEqual([
      { path: one.path, kind: 'altered' },
    ])
    expect(verify(text, rest)[1]).toEqual([{ path: one.path, kind: 'missing' }])
    expect(verify(text, [...files, { path: 'new', hash: hash('5') }])[1]).toEqual([
      { path: 'new', kind: 'unsigned' },
    ])
    expect(verify(text, [...files, { path: '.git/config', hash: hash('5') }])[1]).toEqual([])
    expect(verify(text, [...files, { path: 'sub/.git', hash: hash('5') }])[1]).toHaveLength(1)
  })

  it('does not verify once any byte of what was signed, or of the signature, is another', () => {
    const text = signer.sign(modelStatement('late', files))
    const { dsseEnvelope } = JSON.parse(text)
    const altered = (part: 'payload' | 'sig', at: number) => {
      const bundle = JSON.parse(text)
      const { signatures } = bundle.dsseEnvelope
      const bytes = Buffer.from(part === 'payload' ? dsseEnvelope.payload : signatures[0].sig, 'base64')
      bytes[at % bytes.length] = (bytes[at % bytes.length] ?? 0) ^ 1
      if (part === 'payload') bundle.dsseEnvelope.payload = bytes.toString('base64')
      else signatures[0].sig = bytes.toString('base64')
      return JSON.stringify(bundle)
    }
    fc.assert(
      fc.property(fc.constantFrom('payload' as const, 'sig' as const), fc.nat(), (part, at) => {
        expect(() => verify(altered(part, at))).toThrow('cannot be relied on')
      }),
      { numRuns: 200 },
    )
  })

  const statement = () => structuredClone(modelStatement('late', files)) as Record<string, object>
  const predicate = (change: object) => ({
    ...statement(),
    predicate: { ...statement()['predicate'], ...change },
  })
  it.each([
    ['another type of statement', { ...statement(), _type: 'x' }, 'no in-toto statement'],
    ['another predicate', { ...statement(), predicateType: 'x' }, 'its predicate is not'],
    ['no predicate', { ...statement(), predicate: undefined }, 'the predicate is no object'],
    ['no file', predicate({ resources: [] }), 'covers no file'],
    [
      'a path upwards',
      predicate({ resources: [{ name: '../x', algorithm: 'sha256', digest: '0'.repeat(64) }] }),
      'no usable path',
    ],
    ['another hash', predicate({ serialization: { method: 'files', hash_type: 'blake2b' } }), 'SHA-256'],
    ['shards', predicate({ serialization: { method: 'shards', hash_type: 'sha256' } }), 'hashed whole'],
    ['no subject', { ...statement(), subject: [] }, 'exactly one subject'],
    [
      'another root digest',
      { ...statement(), subject: [{ name: 'late', digest: { sha256: '0'.repeat(64) } }] },
      'root digest',
    ],
  ])('is refused, though well signed, with %s', (_name, content, message) => {
    expect(() => verify(signer.sign(content))).toThrow(message)
  })

  it.each([
    ['', 'not JSON'],
    ['[]', 'no object'],
    ['{"mediaType":"x"}', 'media type'],
    [
      JSON.stringify({ ...JSON.parse(signer.sign({})), verificationMaterial: { certificate: {} } }),
      'neither a key',
    ],
  ])('is refused as the text %j', (text, message) => {
    expect(() => verify(text)).toThrow(message)
  })
})
