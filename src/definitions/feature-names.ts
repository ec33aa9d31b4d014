import type { LookupData } from './model.ts'

/** Column name of a looked-up feature: the feature's name, or `<as>__<feature>` with full names (features.md §3.6). */
export function featureColumnName(
  lookup: Pick<LookupData, 'as'>,
  feature: string,
  fullNames: boolean,
): string {
  return fullNames ? `${lookup.as}__${feature}` : feature
}
