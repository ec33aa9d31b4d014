import { featureColumnName } from '../../definitions/feature-names.ts'
import type {
  FeatureData,
  FeatureViewData,
  LookupData,
  LookupFeatureData,
  SourceData,
  WindowFeatureData,
} from '../../definitions/model.ts'
import { FettleError } from '../../kernel/errors/index.ts'
import type { Field } from '../../kernel/values/index.ts'

/** One join to the spine, resolved. */
export interface ResolvedLookup {
  readonly lookup: LookupData
  readonly view: FeatureViewData
  readonly source: SourceData
  /** Requested features in order, with their column names in the result. */
  readonly features: readonly { readonly feature: FeatureData; readonly column: string }[]
}

export interface LookupContext {
  readonly views: readonly FeatureViewData[]
  readonly sources: readonly SourceData[]
  readonly lookups: readonly LookupData[]
  readonly fullNames: boolean
  /** Columns of the spine: features may not have their names. */
  readonly spine: readonly Field[]
}

/**
 * Resolves names to definitions and checks that output names differ. Throws FEATURE_VIEW_UNKNOWN, FEATURE_UNKNOWN,
 * COLUMN_MISSING, TYPE_MISMATCH (a spine column that is no key of the view) and NAME_COLLISION.
 */
export function resolveLookups(context: LookupContext): ResolvedLookup[] {
  const resolved = context.lookups.map(lookup => resolveLookup(context, lookup))
  const owners = new Map(context.spine.map(field => [field.name, 'the spine']))
  for (const { lookup, features } of resolved) {
    for (const { column } of features) {
      const owner = owners.get(column)
      if (owner !== undefined)
        throw new FettleError(
          'NAME_COLLISION',
          `"${column}" is the name of a column of ${owner} and of a feature of lookup "${lookup.as}"`,
          { details: { column } },
        )
      owners.set(column, `lookup "${lookup.as}"`)
    }
  }
  return resolved
}

function resolveLookup(
  { views, sources, fullNames, spine }: LookupContext,
  lookup: LookupData,
): ResolvedLookup {
  const view = views.find(each => each.name === lookup.view)
  if (!view)
    throw new FettleError('FEATURE_VIEW_UNKNOWN', `there is no feature view "${lookup.view}"`, {
      details: { view: lookup.view },
    })
  const source = requireSource(sources, view.source)
  checkKeys(lookup, view, { source, spine })
  const features = lookup.features.map(name => {
    const feature = view.features.find(each => each.name === name)
    if (!feature)
      throw new FettleError('FEATURE_UNKNOWN', `view "${view.name}" has no feature "${name}"`, {
        details: { view: view.name, feature: name },
      })
    return { feature, column: featureColumnName(lookup, name, fullNames) }
  })
  return { lookup, view, source, features }
}

/** The source of that name; throws SOURCE_UNREADABLE if the closure lacks it. */
export function requireSource(sources: readonly SourceData[], name: string): SourceData {
  const source = sources.find(each => each.name === name)
  if (!source)
    throw new FettleError('SOURCE_UNREADABLE', `there is no source "${name}"`, { details: { source: name } })
  return source
}

function checkKeys(
  lookup: LookupData,
  view: FeatureViewData,
  { source, spine }: { source: SourceData; spine: readonly Field[] },
): void {
  if (lookup.keys.length !== view.keys.length) {
    throw new FettleError(
      'KEY_MISSING',
      `lookup "${lookup.as}" gives ${lookup.keys.length} of the ${view.keys.length} key components of view "${view.name}"`,
    )
  }
  for (const [index, name] of lookup.keys.entries()) {
    const given = spine.find(field => field.name === name)
    if (!given)
      throw new FettleError(
        'COLUMN_MISSING',
        `the spine has no column "${name}", which lookup "${lookup.as}" uses as a key`,
        { details: { column: name } },
      )
    const wanted = source.columns.find(column => column.name === view.keys[index])
    if (!wanted)
      throw new FettleError(
        'COLUMN_MISSING',
        `source "${source.name}" has no column "${view.keys[index]}", a key of view "${view.name}"`,
      )
    if (wanted.type !== given.type)
      throw new FettleError(
        'TYPE_MISMATCH',
        `spine column "${name}" is ${given.type}, the key of view "${view.name}" is ${wanted.type}`,
        { details: { column: name, wanted: wanted.type } },
      )
  }
}

export function isWindow(feature: FeatureData): feature is WindowFeatureData {
  return feature.kind === 'window'
}

export function isLookup(feature: FeatureData): feature is LookupFeatureData {
  return feature.kind === 'lookup'
}
