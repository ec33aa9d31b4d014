import { featureColumnName } from './feature-names.ts'
import { located } from './located.ts'
import type { LookupData, TrainingSetData } from './model.ts'
import type { TrainingSetDefinition } from './training-set.ts'

/**
 * The same training set without some of its inputs, for ablation: same spine, rows, row numbers, splits and label, so
 * that models trained on both are compared on the same rows. Inputs are named as columns of the set
 * (`origin__delay_24h`), as `lookup:feature`, or by a whole lookup, on-demand function or request column. The default
 * name is the set's, `__without__` and what is left out. Throws on a name the set does not have.
 */
export function without<Request extends object>(
  set: TrainingSetDefinition<string, Request>,
  inputs: readonly string[],
  name: string = `${set.name}__without__${inputs.map(each => each.replace(/[^a-z0-9_]/g, '_')).join('__')}`,
): TrainingSetDefinition<string, Request> {
  const used = new Set<string>()
  const leftOut = (...names: readonly string[]): boolean => {
    const found = names.filter(each => inputs.includes(each))
    for (const each of found) used.add(each)
    return found.length > 0
  }
  const lookups = set.lookups.flatMap((lookup): LookupData[] => {
    if (leftOut(lookup.as)) return []
    const features = lookup.features.filter(
      feature => !leftOut(`${lookup.as}:${feature}`, featureColumnName(lookup, feature, set.fullNames)),
    )
    return features.length === 0 ? [] : [{ ...lookup, features }]
  })
  const onDemand = set.onDemand.filter(each => !leftOut(each))
  const request = set.request.filter(each => !leftOut(each))
  const unknown = inputs.filter(each => !used.has(each))
  if (unknown.length > 0)
    throw new Error(`training set "${set.name}" has no input ${unknown.map(each => `"${each}"`).join(', ')}`)
  return located({
    ...set,
    name,
    spine: { ...set.spine, order: set.spine.order ?? keyColumns(set) },
    // A request column that is no input any more stays in the set: models are compared by it and slices are cut by it.
    columns: [...set.columns, ...set.request.filter(each => !request.includes(each))],
    request,
    lookups,
    onDemand,
  })
}

function keyColumns({ lookups }: TrainingSetData): readonly string[] {
  return [...new Set(lookups.flatMap(lookup => lookup.keys))]
}
