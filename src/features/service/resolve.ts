import { featureColumnName } from '../../definitions/feature-names.ts'
import type { LookupData, OnDemandData, OnDemandInput, SourceData } from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import { nearestFirst } from '../../kernel/nearest.ts'
import type { ValueType } from '../../kernel/values/index.ts'
import type { OnlineView, ServedFeatures } from '../online/model.ts'
import type { FeatureCatalog, FeatureReadRequest } from './model.ts'

/** A column of the request: `alias` is the source's name of a key, taken where the entity's is not sent. */
export interface ReadField {
  readonly name: string
  readonly alias: string | null
  readonly type: ValueType
  readonly role: 'key' | 'request'
  readonly neededBy: string
}

/** One column of the answer, before it is known where its values stand. */
export interface AskedColumn {
  readonly name: string
  readonly reference: string
  readonly type: ValueType
  /** Index into `reads`, and the internal name of the column there. */
  readonly read: number
  readonly column: string
  readonly lookup: string | null
  readonly view: number | null
}

/** What a request asks for, in terms of the catalog. A read holds each view in one version only. */
export interface ResolvedRead {
  readonly reads: readonly ServedFeatures[]
  readonly fields: readonly ReadField[]
  readonly columns: readonly AskedColumn[]
  readonly views: readonly {
    readonly name: string
    readonly view: OnlineView
    readonly read: number
    readonly columns: readonly string[]
  }[]
}

type Asked = Pick<FeatureReadRequest, 'features' | 'service' | 'fullNames' | 'expiredValues'>

/** Throws the errors of references: see {@link FeatureService.read}. */
export function resolveRead(catalog: FeatureCatalog, asked: Asked): ResolvedRead {
  if ((asked.features === undefined) === (asked.service === undefined))
    throw new FettleError('EXACTLY_ONE_OF', 'a read names either features or one feature list, not both')
  const draft = createDraft(catalog, asked)
  if (asked.service !== undefined) addService(draft, asked.service)
  else {
    if (asked.features?.length === 0) throw new FettleError('NO_FEATURES', 'features is empty')
    // Inputs of on-demand features first: they are all in the first read.
    for (const reference of asked.features ?? []) addInputs(draft, reference)
    for (const [index, reference] of (asked.features ?? []).entries()) addReference(draft, reference, index)
  }
  refuseCollisions(draft.columns)
  return finish(draft)
}

interface Slot {
  readonly lookup: LookupData
  readonly view: OnlineView
  readonly source: SourceData
  readonly features: string[]
  readonly read: number
}

interface Draft {
  readonly catalog: FeatureCatalog
  readonly fullNames: boolean
  readonly expiredValues: boolean
  readonly slots: Slot[]
  readonly onDemand: OnDemandData[]
  readonly fields: Map<string, ReadField>
  readonly columns: (Omit<AskedColumn, 'view'> & { readonly slot: Slot | null })[]
}

function createDraft(catalog: FeatureCatalog, asked: Asked): Draft {
  return {
    catalog,
    fullNames: asked.fullNames ?? false,
    expiredValues: asked.expiredValues ?? false,
    slots: [],
    onDemand: [],
    fields: new Map(),
    columns: [],
  }
}

const referenceForm = /^([^:@]+)(?:@v([1-9][0-9]{0,8}))?:([^:]+)$/

function addReference(draft: Draft, reference: unknown, index: number): void {
  const match = typeof reference === 'string' ? referenceForm.exec(reference) : null
  if (!match)
    throw new FettleError(
      'BAD_REFERENCE',
      `features[${index}] is ${JSON.stringify(reference)?.slice(0, 80)}, not view:feature or view@v3:feature`,
      { details: { position: index } },
    )
  const [, name = '', version, feature = ''] = match
  const onDemand = draft.catalog.onDemand.find(each => each.name === name)
  if (onDemand && version === undefined) {
    addOnDemand(draft, onDemand, feature)
    return
  }
  const found = findView(draft.catalog, name, version === undefined ? undefined : Number(version))
  addLookupColumn(draft, slotOf(draft, found, ownLookup(draft, found)), feature)
}

interface FoundView {
  readonly view: OnlineView
  readonly source: SourceData
}

function findView(catalog: FeatureCatalog, name: string, pinned: number | undefined): FoundView {
  const version = pinned ?? catalog.standIns?.[name]
  const live = catalog.views.find(each => each.name === name)
  const versions = [
    ...(live ? [{ view: live, source: sourceOf(catalog, live) }] : []),
    ...catalog.former.filter(each => each.view.name === name),
  ]
  if (version === undefined ? live === undefined : versions.length === 0)
    throw unknown('FEATURE_VIEW_UNKNOWN', `there is no feature view "${name.slice(0, 80)}"`, name, [
      ...catalog.views.map(each => each.name),
      ...catalog.onDemand.map(each => each.name),
    ])
  const found = version === undefined ? versions[0] : versions.find(each => each.view.version === version)
  if (found) return found
  const known = versions.map(each => `v${each.view.version}`)
  throw new FettleError('VERSION_UNKNOWN', `feature view ${name} has no version v${version}`, {
    hint: `It has ${known.join(', ')}.`,
    details: { view: name, versions: known },
  })
}

function sourceOf(catalog: FeatureCatalog, view: OnlineView): SourceData {
  const source = catalog.sources.find(each => each.name === view.source)
  if (source) return source
  throw new FettleError('INTERNAL', `the catalog lacks source ${view.source} of view ${view.name}`)
}

function unknown(
  code: 'FEATURE_VIEW_UNKNOWN' | 'FEATURE_UNKNOWN' | 'TRAINING_SET_UNKNOWN',
  message: string,
  written: string,
  known: readonly string[],
): FettleError {
  const near = nearestFirst(written.slice(0, 80), known).slice(0, 3)
  return new FettleError(code, message, {
    ...(near.length === 0 ? {} : { hint: `The nearest names are ${near.join(', ')}.` }),
    details: { nearest: near },
  })
}

/** A view looked up under its own name, by the entity's key names. */
function ownLookup({ catalog }: Draft, { view }: FoundView): LookupData {
  const entity = catalog.entities.find(each => each.name === view.entity)
  return {
    view: view.name,
    as: view.name,
    keys: view.keys.map((column, index) => entity?.key[index]?.name ?? column),
    features: [],
  }
}

/** The slot of this lookup: of the first read that does not hold the view in another version. */
function slotOf(draft: Draft, { view, source }: FoundView, lookup: LookupData): Slot {
  const same = draft.slots.find(
    each =>
      each.lookup.as === lookup.as && each.view.name === view.name && each.view.version === view.version,
  )
  if (same) return same
  const taken = new Set(
    draft.slots
      .filter(each => each.view.name === view.name && each.view.version !== view.version)
      .concat(draft.slots.filter(each => each.source.name === source.name && each.source !== source))
      .map(each => each.read),
  )
  let read = 0
  while (taken.has(read)) read += 1
  const slot: Slot = { lookup, view, source, features: [], read }
  draft.slots.push(slot)
  view.keys.forEach((column, index) => {
    const name = lookup.keys[index] ?? column
    const type = source.columns.find(each => each.name === column)?.type ?? 'string'
    addField(draft, {
      name,
      alias: column === name ? null : column,
      type,
      role: 'key',
      neededBy: `view ${view.name}`,
    })
  })
  return slot
}

function addField(draft: Draft, field: ReadField): void {
  if (!draft.fields.has(field.name)) draft.fields.set(field.name, field)
}

/** Internal names are full ones: they differ whenever lookups do. */
const internalName = (as: string, feature: string): string => featureColumnName({ as }, feature, true)

function addFeature(slot: Slot, feature: string): ValueType {
  const found = slot.view.features.find(each => each.name === feature)
  if (!found)
    throw unknown(
      'FEATURE_UNKNOWN',
      `feature view ${slot.view.name} has no feature "${feature.slice(0, 80)}"`,
      feature,
      slot.view.features.map(each => each.name),
    )
  if (!slot.features.includes(feature)) slot.features.push(feature)
  return found.type
}

function addLookupColumn(draft: Draft, slot: Slot, feature: string): void {
  draft.columns.push({
    name: featureColumnName(slot.lookup, feature, draft.fullNames),
    reference: `${slot.view.name}@v${slot.view.version}:${feature}`,
    type: addFeature(slot, feature),
    read: slot.read,
    column: internalName(slot.lookup.as, feature),
    lookup: slot.lookup.as,
    slot,
  })
}

function addOnDemand(draft: Draft, definition: OnDemandData, feature: string): void {
  const output = definition.outputs.find(each => each.name === feature)
  if (!output)
    throw unknown(
      'FEATURE_UNKNOWN',
      `on-demand feature ${definition.name} has no output "${feature.slice(0, 80)}"`,
      feature,
      definition.outputs.map(each => each.name),
    )
  draft.columns.push({
    name: featureColumnName({ as: definition.name }, feature, draft.fullNames),
    reference: `${definition.name}:${feature}`,
    type: output.type,
    read: 0,
    column: feature,
    lookup: null,
    slot: null,
  })
}

function addInputs(draft: Draft, reference: unknown): void {
  const name = typeof reference === 'string' ? reference.split(':', 1)[0] : undefined
  const definition = draft.catalog.onDemand.find(each => each.name === name)
  if (definition) addFunction(draft, definition)
}

function addFunction(draft: Draft, definition: OnDemandData): void {
  if (draft.onDemand.includes(definition)) return
  draft.onDemand.push(definition)
  for (const input of definition.inputs) addInput(draft, definition, input)
}

function addInput(draft: Draft, definition: OnDemandData, input: OnDemandInput): void {
  if (input.from === 'request') {
    const neededBy = `on-demand feature ${definition.name}`
    addField(draft, { name: input.name, alias: null, type: input.type, role: 'request', neededBy })
    return
  }
  const slot = draft.slots.find(each => each.read === 0 && each.lookup.as === input.lookup)
  addFeature(slot ?? inputSlot(draft, input.lookup), input.feature)
}

/** An input names a lookup: a view by its own name, or one that some feature list defines. */
function inputSlot(draft: Draft, as: string): Slot {
  const { catalog } = draft
  if (catalog.views.some(each => each.name === as)) {
    const found = findView(catalog, as, undefined)
    return slotOf(draft, found, ownLookup(draft, found))
  }
  for (const { lookups } of Object.values(catalog.services)) {
    const lookup = lookups.find(each => each.as === as)
    if (lookup) return slotOf(draft, findView(catalog, lookup.view, undefined), lookup)
  }
  throw unknown(
    'FEATURE_VIEW_UNKNOWN',
    `there is no lookup "${as}"`,
    as,
    catalog.views.map(each => each.name),
  )
}

/** A feature list brings its own views: those it was applied with. */
function addService(draft: Draft, name: string): void {
  const service = Object.hasOwn(draft.catalog.services, name) ? draft.catalog.services[name] : undefined
  if (!service)
    throw unknown(
      'TRAINING_SET_UNKNOWN',
      `there is no training set "${name.slice(0, 80)}"`,
      name,
      Object.keys(draft.catalog.services),
    )
  const named = { ...draft, fullNames: draft.fullNames || service.fullNames }
  for (const lookup of service.lookups) {
    const view = service.views.find(each => each.name === lookup.view)
    const source = service.sources.find(each => each.name === view?.source)
    if (!view || !source)
      throw new FettleError('INTERNAL', `feature list ${name} lacks view ${lookup.view} or its source`)
    const slot = slotOf(named, { view, source }, lookup)
    for (const feature of lookup.features) addLookupColumn(named, slot, feature)
  }
  for (const definition of service.onDemand) {
    addFunction(draft, definition)
    for (const output of definition.outputs) addOnDemand(draft, definition, output.name)
  }
}

function refuseCollisions(columns: readonly { readonly name: string; readonly reference: string }[]): void {
  const names = columns.map(column => column.name)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice === undefined) return
  const references = columns.filter(column => column.name === twice).map(column => column.reference)
  throw new FettleError('NAME_COLLISION', `${references.join(' and ')} would both be named ${twice}`, {
    details: { name: twice, references },
  })
}

function finish(draft: Draft): ResolvedRead {
  const slots = draft.slots.filter(slot => slot.features.length > 0)
  const count = Math.max(0, ...slots.map(slot => slot.read)) + 1
  const request = [...draft.fields.values()].map(({ name, type }) => ({ name, type }))
  const reads = Array.from({ length: count }, (_, read): ServedFeatures => {
    const mine = slots.filter(slot => slot.read === read)
    const views = new Map(mine.map(slot => [slot.view.name, slot]))
    return {
      request,
      lookups: mine.map(({ lookup, features }) => ({ ...lookup, features })),
      fullNames: true,
      views: [...views.values()].map(({ view }) =>
        draft.expiredValues ? { ...view, expired: 'return' as const } : view,
      ),
      sources: [...new Map(mine.map(slot => [slot.source.name, slot.source])).values()],
      onDemand: read === 0 ? draft.onDemand : [],
    }
  })
  const asked = slots.filter(slot => draft.columns.some(column => column.slot === slot))
  return {
    reads,
    fields: [...draft.fields.values()],
    columns: draft.columns.map(({ slot, ...column }) => ({
      ...column,
      view: slot === null ? null : asked.indexOf(slot),
    })),
    views: asked.map(({ lookup, view, read, features }) => ({
      name: lookup.as,
      view,
      read,
      columns: features.map(feature => internalName(lookup.as, feature)),
    })),
  }
}
