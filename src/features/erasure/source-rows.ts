import type { Field, Value } from '../../kernel/values/index.ts'
import { keyEncoder } from '../online/keys.ts'
import type { FeatureCatalog, KeyedSource } from '../service/model.ts'
import type { ErasedKeys } from './suppression-list.ts'

/** Whether a row, with these columns, is one of an erased key. */
export type RowMatcher = (fields: readonly Field[]) => (row: readonly Value[]) => boolean

/** Where sources hold keys of entities: as views, live and former, and training sets read them. Each once. */
export function keyedSources(catalog: FeatureCatalog): readonly KeyedSource[] {
  const views = [...catalog.views, ...catalog.former.map(each => each.view)].flatMap(
    ({ source, entity, keys }) => (entity === null ? [] : [{ source, entity, columns: keys }]),
  )
  const all = [...views, ...(catalog.keyed ?? [])]
  return [
    ...new Map(all.map(each => [JSON.stringify([each.source, each.entity, each.columns]), each])).values(),
  ]
}

/** Finds rows of a source that hold an erased key. A row without a key is nobody's. */
export function erasedRows(catalog: FeatureCatalog, source: string, erased: ErasedKeys): RowMatcher {
  const keyed = keyedSources(catalog).filter(each => each.source === source)
  return fields => {
    const tests = keyed.flatMap(({ entity: name, columns }) => {
      const isErased = erased(name)
      const key = catalog.entities.find(each => each.name === name)?.key ?? []
      const places = columns.map(column => fields.findIndex(field => field.name === column))
      const fits = key.length > 0 && places.every((place, index) => fields[place]?.type === key[index]?.type)
      return isErased && fits ? [{ places, encode: keyEncoder(key), isErased }] : []
    })
    return row =>
      tests.some(({ places, encode, isErased }) => {
        const key = encode(
          places.map(place => row[place] ?? null),
          Buffer.alloc(0),
        )
        return key !== undefined && isErased(key)
      })
  }
}
