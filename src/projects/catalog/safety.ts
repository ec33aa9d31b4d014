import { closureOf, type Definition, refOf } from '../../definitions/index.ts'

/** Why it is only assumed that a definition's data cannot leak, one sentence each; none when it is known. */
export function leakDoubts(definition: Definition, definitions: readonly Definition[]): readonly string[] {
  return closureOf(definitions, [refOf(definition)]).flatMap(each => {
    if (each.kind === 'source' && each.eventTime !== null && each.knownAt.kind === 'assumed')
      return [
        `source "${each.name}" does not say when its rows are known: they count as known when they happen`,
      ]
    if (each.kind === 'featureView' && each.knownTime === 'latest')
      return [`feature view "${each.name}" reads values that were not known yet (knownTime: latest)`]
    return []
  })
}
