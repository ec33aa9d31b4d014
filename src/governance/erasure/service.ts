import type { Clock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { newId } from '../../kernel/ids.ts'
import { messageOf } from '../../kernel/message-of.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import type { Principal } from '../model.ts'
import { type AuditStores, auditWriter } from '../service.ts'
import type { Erasure, ErasureFacts, ErasureReceipt, ErasureSubject, PlaceResult } from './model.ts'
import type { ErasureGround, ErasurePlace, ErasureStore, ReceiptSigner } from './ports.ts'
import { signedContent } from './receipt.ts'

export interface ErasureStores extends AuditStores {
  readonly erasures: ErasureStore
}

export interface ErasureDependencies {
  readonly uow: UnitOfWork<ErasureStores>
  readonly clock: Clock
  readonly project: string
  readonly ground: ErasureGround
  readonly signer: ReceiptSigner
  onFault(error: unknown): void
  /** Default 5 s: when an erasure that could not end is tried again. */
  readonly retryMillis?: number
}

/** What would be erased. */
export interface ErasureResolution {
  readonly entity: string
  readonly token: string
  readonly places: readonly { readonly store: string; readonly found: number }[]
  /** Of this key, if there was one already. */
  readonly erasure: string | null
}

export type ErasureService = ReturnType<typeof createErasureService>

/**
 * Erases keys: requested → suppressed → removed place by place → verified by reads → receipt (governance.md §9). Each step
 * is repeatable and what is done is noted, so that an erasure killed anywhere goes on at the next start; one that a place
 * keeps from ending stays open and is tried again, never reported as done.
 */
export function createErasureService(dependencies: ErasureDependencies) {
  const { uow, ground, clock, onFault, retryMillis = 5_000 } = dependencies
  const running = new Map<string, Promise<void>>()
  let timer: NodeJS.Timeout | undefined
  let closed = false

  function start(erasure: Erasure): void {
    if (closed || running.has(erasure.id)) return
    const work = runErasure(dependencies, erasure)
      .catch(async (error: unknown) => {
        onFault(error)
        await note(uow, {
          ...((await uow.read.erasures.find(erasure.id)) ?? erasure),
          problem: messageOf(error),
        })
        again()
      })
      .finally(() => running.delete(erasure.id))
    running.set(erasure.id, work)
  }

  function again(): void {
    if (closed) return
    timer ??= setTimeout(() => {
      timer = undefined
      void resume().catch(onFault)
    }, retryMillis)
    timer.unref()
  }

  async function resume(): Promise<void> {
    for (const each of await uow.read.erasures.list()) if (each.state === 'running') start(each)
  }

  return {
    /** Counts, and changes nothing. Throws ENTITY_UNKNOWN, KEY_MISSING, TYPE_MISMATCH. */
    async resolve(entity: string, key: readonly string[]): Promise<ErasureResolution> {
      const subject = await ground.subject(entity, key)
      const known = await uow.read.erasures.findToken(entity, subject.token)
      const places = await countAll(ground.places, subject)
      return { entity, token: subject.token, places, erasure: known?.id ?? null }
    },

    /** Starts an erasure, or gives the one of this key. Throws what `resolve` throws, and USAGE for a reason that tells the key. */
    async request(
      {
        entity,
        key,
        reason,
      }: { readonly entity: string; readonly key: readonly string[]; readonly reason: string },
      principal: Principal,
    ): Promise<Erasure> {
      const subject = await ground.subject(entity, key)
      refuseTelling(reason, key)
      const known = await uow.read.erasures.findToken(entity, subject.token)
      if (known) {
        if (known.state === 'running') start(known)
        return known
      }
      const found = await countAll(ground.places, subject)
      const erasure: Erasure = {
        id: newId('ers'),
        entity,
        token: subject.token,
        state: 'running',
        reason,
        principal: principal.name,
        requestedAt: clock.nowMicros(),
        effectiveAt: null,
        places: found.map(({ store, found: count }, index) => ({
          store,
          act: ground.places[index]?.act ?? 'deleted',
          found: count,
          left: null,
        })),
        problem: null,
        receipt: null,
      }
      await ground.pending.put(erasure.id, subject)
      await uow.transaction(async stores => {
        await stores.erasures.insert(erasure)
        await auditWriter(clock, principal)(stores, {
          action: 'erasure.requested',
          object: `erasure:${erasure.id}`,
          details: { entity, token: erasure.token, reason },
        })
      })
      start(erasure)
      return erasure
    },

    /** Throws ERASURE_UNKNOWN. */
    async get(id: string): Promise<Erasure> {
      const found = await uow.read.erasures.find(id)
      if (found) return found
      throw new FettleError('ERASURE_UNKNOWN', `there is no erasure ${id.slice(0, 80)}`)
    },

    list: () => uow.read.erasures.list(),

    /** Whether the project signed this receipt; one sentence for each thing that does not hold. */
    async verify(receipt: ErasureReceipt): Promise<readonly string[]> {
      const faults: string[] = []
      if (!dependencies.signer.verify(signedContent(receipt), String(receipt.signature)))
        faults.push('the signature is not that of this content with the key of this project')
      const kept = await uow.read.erasures.find(String(receipt.receipt))
      if (kept?.receipt?.signature !== receipt.signature)
        faults.push(
          `the project keeps no receipt ${String(receipt.receipt).slice(0, 80)} with this signature`,
        )
      const [link] = await uow.read.audit.links({ after: receipt.audit.seq - 1, limit: 1 })
      if (link?.hash !== receipt.audit.hash || link?.object !== `erasure:${receipt.receipt}`)
        faults.push('the audit has another event where the receipt says it stands')
      return faults
    },

    /**
     * Goes on with what a stop or a kill interrupted. Called once, before the first request: a key that was noted for a
     * request that never came to be is removed.
     */
    async goOn(): Promise<void> {
      for (const id of await ground.pending.ids())
        if ((await uow.read.erasures.find(id))?.state !== 'running') await ground.pending.remove(id)
      await resume()
    },

    async close(): Promise<void> {
      closed = true
      clearTimeout(timer)
      await Promise.all(running.values())
    },
  }
}

/** What a person writes as the reason is kept for ever: the key does not belong there. */
function refuseTelling(reason: string, key: readonly string[]): void {
  if (reason.trim() === '')
    throw new FettleError('USAGE', 'an erasure needs a reason', { hint: 'Say who asked: --reason "…"' })
  if (key.some(part => part.length > 2 && reason.includes(part)))
    throw new FettleError('USAGE', 'the reason repeats the key, and reasons are kept', {
      hint: 'Name the request instead, by its case number.',
    })
}

async function countAll(
  places: readonly ErasurePlace[],
  subject: ErasureSubject,
): Promise<readonly { readonly store: string; readonly found: number }[]> {
  const found: { store: string; found: number }[] = []
  for (const { store, count } of places) found.push({ store, found: await count(subject) })
  return found
}

const note = (uow: ErasureDependencies['uow'], erasure: Erasure): Promise<void> =>
  uow.transaction(stores => stores.erasures.update(erasure))

async function runErasure(dependencies: ErasureDependencies, erasure: Erasure): Promise<void> {
  const { uow, ground } = dependencies
  const current = (await uow.read.erasures.find(erasure.id)) ?? erasure
  if (current.state === 'done') return
  const subject = await ground.pending.get(current.id)
  const verified = current.places.every(each => each.left === 0)
  if (!subject && !verified) throw new Error(`the key of erasure ${current.id} is gone before it was done`)
  const removed = subject && !verified ? await removeAll(dependencies, current, subject) : current
  // A receipt says that nothing is left, so the note of the key goes before there is one.
  await ground.pending.remove(current.id)
  await finish(dependencies, removed, await ground.facts(current.entity, current.id))
}

async function removeAll(
  { uow, clock, ground }: ErasureDependencies,
  erasure: Erasure,
  subject: ErasureSubject,
): Promise<Erasure> {
  const { id, entity, token } = erasure
  const effectiveAt = erasure.effectiveAt ?? clock.nowMicros()
  await ground.suppress({ entity, token, receipt: id, effective: formatTimestamp(effectiveAt) })
  let current: Erasure = { ...erasure, effectiveAt, problem: null }
  await note(uow, current)
  for (const [index, place] of current.places.entries()) {
    if (place.left === 0) continue
    const left = await removeFrom(ground, { subject, store: place.store, id })
    current = { ...current, places: current.places.with(index, { ...place, left }) }
    await note(uow, current)
  }
  refuseLeft(current.places)
  return current
}

async function removeFrom(
  ground: ErasureGround,
  { subject, store, id }: { readonly subject: ErasureSubject; readonly store: string; readonly id: string },
): Promise<number> {
  const place = ground.places.find(each => each.store === store)
  if (!place) throw new Error(`there is no place ${store} any more`)
  await place.remove(subject, id)
  return place.count(subject)
}

function refuseLeft(places: readonly PlaceResult[]): void {
  const left = places.filter(each => each.left !== 0)
  if (left.length === 0) return
  const what = left.map(({ store, left: count }) => `${count} in ${store}`).join(', ')
  throw new Error(`after the act there is still something of the key: ${what}`)
}

/** The audit event, the receipt that names it and the end of the erasure are one. */
async function finish(
  { uow, clock, project, signer }: ErasureDependencies,
  erasure: Erasure,
  facts: ErasureFacts,
): Promise<void> {
  const { id, entity, token, places, requestedAt, effectiveAt, principal } = erasure
  await uow.transaction(async ({ audit, erasures }) => {
    const now = clock.nowMicros()
    const { seq } = await audit.append({
      at: now,
      principal,
      action: 'erasure.done',
      object: `erasure:${id}`,
      details: { entity, token, stores: places as never },
    })
    const [link] = await audit.links({ after: seq - 1, limit: 1 })
    const content: Omit<ErasureReceipt, 'signature'> = {
      schema: 1,
      receipt: id,
      project,
      entity,
      subject: `hmac:${token}`,
      basis: 'request',
      requested: formatTimestamp(requestedAt),
      effective: formatTimestamp(effectiveAt ?? now),
      completed: facts.open.length === 0 ? formatTimestamp(now) : null,
      by: [principal],
      stores: places,
      ...facts,
      audit: { seq, hash: link?.hash ?? '' },
    }
    const receipt = { ...content, signature: signer.sign(signedContent(content)) }
    await erasures.update({ ...erasure, state: 'done', receipt })
  })
}
