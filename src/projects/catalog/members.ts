import type { ColumnData, Definition } from '../../definitions/index.ts'
import { meaningOf } from './column-graph.ts'

/** A column, feature or output of a definition, as it is declared. */
export interface Member {
  readonly noun: 'column' | 'feature' | 'key' | 'output'
  readonly name: string
  readonly type: string
  readonly description?: string | undefined
  readonly unit?: string | undefined
  readonly pii?: ColumnData['pii'] | undefined
  /** How it is computed; plain columns have none. */
  readonly meaning?: string
}

/** What a definition declares by name; training sets, models and deployments take theirs from what they are made from. */
export function membersOf(definition: Definition): readonly Member[] {
  switch (definition.kind) {
    case 'entity':
      return definition.key.map(column => ({ noun: 'key', ...column }))
    case 'source':
      return definition.columns.map(column => ({ noun: 'column', ...column }))
    case 'featureView':
      return definition.features.map(feature => ({
        noun: 'feature',
        name: feature.name,
        type: feature.type,
        description: feature.description,
        meaning: meaningOf(feature),
      }))
    case 'onDemand':
      return definition.outputs.map(output => ({ noun: 'output', ...output }))
    default:
      return []
  }
}
