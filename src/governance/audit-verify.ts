import { type AuditAnchor, anchorFault } from './audit-anchors.ts'
import { auditHash, auditRoot } from './audit-chain.ts'
import type { AuditLink } from './model.ts'

export type AuditFaultKind =
  | 'edited'
  | 'missing'
  | 'inserted'
  | 'reordered'
  | 'truncated'
  | 'forged anchor'
  | 'bad signature'

export interface AuditFault {
  /** The first event that is not as it was written; where a whole part was rewritten, the first after the last good anchor. */
  readonly seq: number
  readonly kind: AuditFaultKind
}

export interface AuditVerification {
  /** Events that are good. */
  readonly count: number
  /** Hash of the last good event. */
  readonly head: string
  readonly fault: AuditFault | null
  /** Anchors that were compared; a chain alone cannot show a cut-off end. */
  readonly anchors: number
  /** Time of the first anchor, RFC 3339; null without any. */
  readonly anchoredSince: string | null
}

export interface AuditEvidence {
  readonly anchors: readonly AuditAnchor[]
  readonly publicKey: string
}

/** How far behind a fault an event is looked for that fits in its place. */
const window = 40

/** Recomputes the chain from its root and compares it with signed anchors. `links` come oldest first. */
export async function verifyAuditChain(
  links: AsyncIterable<AuditLink>,
  evidence?: AuditEvidence,
): Promise<AuditVerification> {
  const anchors = [...(evidence?.anchors ?? [])].sort((a, b) => a.seq - b.seq)
  const told = { anchors: anchors.length, anchoredSince: anchors[0]?.at ?? null }
  const unbelieved = evidence && anchors.map(each => [each, anchorFault(each, evidence.publicKey)] as const)
  const bad = unbelieved?.find(([, fault]) => fault !== undefined)
  const good = { seq: 0, hash: auditRoot }
  const answer = (fault: AuditFault | null): AuditVerification => ({
    ...{ count: good.seq, head: good.hash, fault },
    ...told,
  })
  if (bad?.[1] !== undefined) return answer({ seq: bad[0].seq, kind: bad[1] })
  const waiting = new Map(anchors.map(each => [each.seq, each.hash]))
  let anchored = 0
  const ahead: AuditLink[] = []
  for await (const link of buffered(links, ahead)) {
    const kind = follows(good, link) ? undefined : faultAt(good, link, ahead)
    if (kind !== undefined)
      return answer({ seq: good.seq + 1, kind: byAnchors(kind, [link, ...ahead], waiting) })
    const hash = waiting.get(link.seq)
    if (hash !== undefined && hash !== link.hash) return answer({ seq: anchored + 1, kind: 'edited' })
    if (hash !== undefined) anchored = link.seq
    good.seq = link.seq
    good.hash = link.hash
  }
  return answer(
    [...waiting.keys()].some(seq => seq > good.seq) ? { seq: good.seq + 1, kind: 'truncated' } : null,
  )
}

/** Each link, with those that follow it in `ahead`. */
async function* buffered(links: AsyncIterable<AuditLink>, ahead: AuditLink[]): AsyncGenerator<AuditLink> {
  for await (const link of links) {
    ahead.push(link)
    if (ahead.length > window) yield* ahead.splice(0, 1)
  }
  while (ahead.length > 0) yield* ahead.splice(0, 1)
}

interface Place {
  readonly seq: number
  readonly hash: string
}

const follows = ({ seq, hash }: Place, link: AuditLink): boolean =>
  link.seq === seq + 1 && auditHash(hash, link) === link.hash

/** Why a link does not follow from the one before, by those that come after it. */
function faultAt(before: Place, link: AuditLink, later: readonly AuditLink[]): AuditFaultKind {
  const seq = before.seq + 1
  if (link.seq !== seq) return 'missing'
  if (belongsLater(link, later)) return 'reordered'
  const fits = (other: AuditLink, hash: string) => auditHash(before.hash, { ...other, seq }) === hash
  const changedPlaces = (other: AuditLink, at: number) =>
    fits(other, link.hash) &&
    auditHash(later[at - 1]?.hash ?? link.hash, { ...link, seq: other.seq }) === other.hash
  if (later.some(changedPlaces)) return 'reordered'
  return later[0] !== undefined && fits(later[0], later[0].hash) ? 'inserted' : 'edited'
}

/** Its own hash was made for a place behind one of the later ones. */
function belongsLater(link: AuditLink, later: readonly AuditLink[]): boolean {
  return later.some(({ hash }) => later.some(({ seq }) => auditHash(hash, { ...link, seq }) === link.hash))
}

/** An anchor whose hash stands at another place shows that events were taken out or put in before it. */
function byAnchors(
  kind: AuditFaultKind,
  links: readonly AuditLink[],
  anchors: ReadonlyMap<number, string>,
): AuditFaultKind {
  if (kind !== 'edited') return kind
  for (const [seq, hash] of anchors) {
    const place = links.find(link => link.hash === hash)?.seq
    if (place !== undefined && place !== seq) return place < seq ? 'missing' : 'inserted'
  }
  return kind
}
