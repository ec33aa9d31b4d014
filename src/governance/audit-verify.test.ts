import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type AuditAnchor, auditPublicKey, parseAnchors, signAnchor } from './audit-anchors.ts'
import { auditHash, auditRoot } from './audit-chain.ts'
import { type AuditFaultKind, verifyAuditChain } from './audit-verify.ts'
import type { AuditLink } from './model.ts'

const newKey = () =>
  generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const key = newKey()
const publicKey = auditPublicKey(key)

function extended(links: readonly AuditLink[], count: number, object = 'o'): AuditLink[] {
  const all = [...links]
  for (let seq = all.length + 1; seq <= count; seq++) {
    const event = {
      ...{ seq, at: BigInt(seq), principal: 'ada', action: 'tested' },
      ...{ object: `${object}:${seq}`, details: { seq } },
    }
    all.push({ ...event, hash: auditHash(all.at(-1)?.hash ?? auditRoot, event) })
  }
  return all
}
const chain = (count: number) => extended([], count)

const anchorsOf = (links: readonly AuditLink[], ...seqs: number[]): AuditAnchor[] =>
  seqs.map(seq => signAnchor({ project: 'p', seq, hash: links[seq - 1]?.hash ?? '', at: 1n }, key))

async function* stream(links: readonly AuditLink[]): AsyncGenerator<AuditLink> {
  yield* links
}
const verify = (links: readonly AuditLink[], anchors?: readonly AuditAnchor[]) =>
  verifyAuditChain(stream(links), anchors && { anchors, publicKey })
const faultOf = async (links: readonly AuditLink[], anchors?: readonly AuditAnchor[]) =>
  (await verify(links, anchors)).fault

const renumbered = (links: readonly AuditLink[]) => links.map((link, i) => ({ ...link, seq: i + 1 }))

/** What somebody with the database open may do to one place of the chain, and how that is called. */
const tampers: readonly (readonly [AuditFaultKind, (links: AuditLink[], at: number) => AuditLink[]])[] = [
  ['edited', (links, at) => links.map((each, i) => (i === at ? { ...each, principal: 'eve' } : each))],
  ['edited', (links, at) => links.map((each, i) => (i === at ? { ...each, at: each.at + 1n } : each))],
  ['edited', (links, at) => links.map((each, i) => (i === at ? { ...each, hash: auditRoot } : each))],
  ['missing', (links, at) => links.filter((_, i) => i !== at)],
  [
    'inserted',
    (links, at) => renumbered(links.toSpliced(at, 0, { ...(links[0] as AuditLink), principal: 'eve' })),
  ],
  ['reordered', (links, at) => renumbered(links.toSpliced(at, 2, ...links.slice(at, at + 2).reverse()))],
  [
    'reordered',
    (links, at) => {
      const [one, two] = links.slice(at, at + 2) as [AuditLink, AuditLink]
      return links
        .with(at, { ...two, seq: one.seq, hash: one.hash })
        .with(at + 1, { ...one, seq: two.seq, hash: two.hash })
    },
  ],
]

describe('verification of the audit', () => {
  it('is content with what nobody touched, and says how far the anchors reach', async () => {
    const links = chain(130)
    const head = links.at(-1)?.hash
    expect(await verify(links)).toEqual({ count: 130, head, fault: null, anchors: 0, anchoredSince: null })
    expect(await verify(links, anchorsOf(links, 7, 130))).toMatchObject({
      count: 130,
      fault: null,
      anchors: 2,
    })
    expect(await verify([])).toMatchObject({ count: 0, head: auditRoot, fault: null })
  })

  it('names the first bad event and what was done to it, wherever it lies', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 3, max: 120 }),
        fc.nat(),
        fc.constantFrom(...tampers),
        async (count, any, [kind, tamper]) => {
          const at = any % (count - 2)
          const before = chain(count)
          expect(await faultOf(tamper(before, at))).toEqual({ seq: at + 1, kind })
        },
      ),
      { numRuns: 300 },
    )
  })

  it('finds by its anchors what the chain alone cannot show', async () => {
    const links = chain(60)
    const anchors = anchorsOf(links, 10, 40, 60)
    expect(await faultOf(links.slice(0, 50))).toBeNull()
    expect(await faultOf(links.slice(0, 50), anchors)).toEqual({ seq: 51, kind: 'truncated' })
    // Cut off and written anew, and a whole part written anew with good hashes.
    expect(await faultOf(extended(links.slice(0, 50), 70, 'new'), anchors)).toEqual({
      seq: 41,
      kind: 'edited',
    })
    expect(await faultOf(extended([], 60, 'new'), anchors)).toEqual({ seq: 1, kind: 'edited' })
    // Taken out, and the rest numbered anew: only an anchor knows where it stood.
    const shorter = renumbered(links.toSpliced(20, 1))
    expect(await faultOf(shorter)).toEqual({ seq: 21, kind: 'edited' })
    expect(await faultOf(shorter, anchors)).toEqual({ seq: 21, kind: 'missing' })
  })

  it('believes no anchor of another key, and none that was altered', async () => {
    const links = chain(5)
    const forged = signAnchor({ project: 'p', seq: 3, hash: auditRoot, at: 1n }, newKey())
    expect(await faultOf(links, [forged])).toEqual({ seq: 3, kind: 'forged anchor' })
    const [anchor] = anchorsOf(links, 4) as [AuditAnchor]
    expect(await faultOf(links, [{ ...anchor, seq: 2 }])).toEqual({ seq: 2, kind: 'bad signature' })
    expect(await faultOf(links, [{ ...anchor, signature: 'ed25519:AAAA' }])).toMatchObject({
      kind: 'bad signature',
    })
  })

  it('reads a file of anchors up to a line that was cut', () => {
    const [one, two] = anchorsOf(chain(2), 1, 2) as [AuditAnchor, AuditAnchor]
    const text = `${JSON.stringify(one)}\n${JSON.stringify(two)}\n`
    expect(parseAnchors(text)).toEqual([one, two])
    expect(parseAnchors(text.slice(0, -20))).toEqual([one])
    expect(() => parseAnchors(`{\n${text}`)).toThrow('line 1')
  })
})
