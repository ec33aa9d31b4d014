import { type AuditStores, auditWriter, type Principal } from '../../governance/index.ts'
import { sha256Hex } from '../../kernel/canonical.ts'
import type { Clock } from '../../kernel/clock.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { textFault } from '../../kernel/text.ts'
import { formatTimestamp } from '../../kernel/time.ts'
import type { UnitOfWork } from '../../kernel/unit-of-work.ts'
import { knownVersion } from '../lookups.ts'
import type { ModelVersion } from '../model.ts'
import type { RegistryStore, ReleaseReferences } from '../ports.ts'
import { executesCode } from '../signatures/executes-code.ts'
import type { SigningService } from '../signing/service.ts'
import { buildCard } from './build.ts'
import { type CardFacts, cardFields, type ModelCard } from './model.ts'
import type { CardStore } from './ports.ts'

interface VersionName {
  readonly model: string
  readonly version: number
}

const longest = 4_000

/** Errors: MODEL_VERSION_UNKNOWN, CARD_FROZEN, MODEL_INVALID. */
export interface ModelCards {
  /** As frozen when the version was released, else as it stands now. */
  get(version: VersionName): Promise<ModelCard>
  /** Keeps the card as it is now; again, the first stays. */
  freeze(version: VersionName): Promise<void>
  /** Writes a field by hand, until the version is released. */
  write(
    version: VersionName,
    note: { readonly field: string; readonly text: string },
    principal: Principal,
  ): Promise<ModelCard>
}

export interface ModelCardDeps {
  readonly uow: UnitOfWork<
    AuditStores & {
      readonly registry: RegistryStore
      readonly deployments: ReleaseReferences
      readonly cards: CardStore
    }
  >
  readonly clock: Clock
  readonly signing: Pick<SigningService, 'verify'>
  facts(version: ModelVersion): Promise<CardFacts>
}

export function createModelCards(deps: ModelCardDeps): ModelCards {
  const { uow } = deps
  return {
    async get(name) {
      const version = await knownVersion(uow.read.registry, name.model, name.version)
      const frozen = await uow.read.cards.findFrozenCard(version.digest)
      if (frozen !== undefined) return { ...frozen, model: version.model, version: version.version }
      return (await isReleased(deps, name)) ? freeze(deps, version) : current(deps, version)
    },
    async freeze(name) {
      await freeze(deps, await knownVersion(uow.read.registry, name.model, name.version))
    },
    write: (name, note, principal) => write(deps, { name, ...note }, principal),
  }
}

async function current(deps: ModelCardDeps, version: ModelVersion): Promise<ModelCard> {
  const { uow, signing } = deps
  const record = await uow.read.registry.findVersionRecord(version.model, version.version)
  return buildCard({
    version,
    facts: await deps.facts(version),
    notes: await uow.read.cards.listCardNotes(version.digest),
    aliasHistory: await uow.read.registry.aliasHistory(version.model),
    signed: await signing.verify(version),
    executesCode: executesCode(version.files, record?.loader ?? null),
  })
}

async function freeze(deps: ModelCardDeps, version: ModelVersion): Promise<ModelCard> {
  const known = await deps.uow.read.cards.findFrozenCard(version.digest)
  if (known !== undefined) return known
  const at = deps.clock.nowMicros()
  const card = { ...(await current(deps, version)), frozenAt: formatTimestamp(at) }
  await deps.uow.transaction(({ cards }) => cards.freezeCard(card, at))
  return card
}

async function isReleased({ uow }: ModelCardDeps, { model, version }: VersionName): Promise<boolean> {
  return (await uow.read.deployments.releasesOf(model)).some(each => each.version === version)
}

interface Writing {
  readonly name: VersionName
  readonly field: string
  readonly text: string
}

async function write(
  deps: ModelCardDeps,
  { name, field, text }: Writing,
  principal: Principal,
): Promise<ModelCard> {
  const fault = textFault(text) ?? (text.length > longest ? `has more than ${longest} characters` : undefined)
  if (fault !== undefined) throw new FettleError('MODEL_INVALID', `The text ${fault}`)
  const known = cardFields.find(each => each === field)
  if (known === undefined)
    throw new FettleError(
      'MODEL_INVALID',
      `a card has no field "${field.slice(0, 60)}": ${cardFields.join(', ')}`,
    )
  const version = await knownVersion(deps.uow.read.registry, name.model, name.version)
  if ((await isReleased(deps, name)) || (await deps.uow.read.cards.findFrozenCard(version.digest)))
    throw new FettleError(
      'CARD_FROZEN',
      `Version ${name.version} of "${name.model}" was released: its card stays`,
    )
  await deps.uow.transaction(async stores => {
    const at = deps.clock.nowMicros()
    await stores.cards.putCardNote(version.digest, { field: known, text, by: principal.name, at })
    await auditWriter(deps.clock, principal)(stores, {
      action: 'model-card.written',
      object: `model:${name.model}`,
      details: { version: name.version, field, text: `sha256:${sha256Hex(text)}` },
    })
  })
  return current(deps, version)
}
