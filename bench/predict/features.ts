import { join } from 'node:path'
import { openLmdbStore } from '../../src/adapters/online/lmdb/index.ts'
import { materialize, prepareFeatures } from '../../src/features/online/index.ts'
import { memoryScan } from '../../src/features/online/memory-scan.ts'
import type { Field, Value } from '../../src/kernel/values/model.ts'
import type { PrepareFeatures } from '../../src/serving/index.ts'
import { random } from './fixture.ts'
import { type Shape, sourcesOf, viewsOf } from './shapes.ts'

const eventTime = 990_000_000_000_000n

/** Materializes the views of the shapes: one row per airport, one per route. */
export async function fillStore(
  folder: string,
  shapes: readonly Shape[],
  airports: readonly string[],
): Promise<void> {
  const store = openLmdbStore({ folder: join(folder, 'online') })
  const sources = shapes.flatMap(sourcesOf)
  for (const view of shapes.flatMap(viewsOf)) {
    const source = sources.find(each => each.name === view.source)
    const fields: Field[] = (source?.columns ?? []).map(({ name, type }) => ({ name, type }))
    const keys =
      view.keys.length === 1 ? airports.map(a => [a]) : airports.flatMap(a => airports.map(b => [a, b]))
    const rows = keys.map((key, i): Value[] => [
      ...key,
      eventTime,
      ...view.features.map((_, j) => random(i * 64 + j) * 100),
    ])
    const entity = {
      kind: 'entity' as const,
      name: view.entity ?? '',
      key: view.keys.map(name => ({ name, type: 'string' as const })),
    }
    await materialize(
      memoryScan({ fields, rows }),
      store,
      { entities: [entity], sources, views: [view] },
      {
        now: BigInt(Date.now()) * 1000n,
        projectFolder: folder,
        onProgress: () => undefined,
        signal: new AbortController().signal,
      },
    )
  }
  await store.close()
}

export function openFeatures(folder: string): PrepareFeatures {
  const store = openLmdbStore({ folder: join(folder, 'online'), readOnly: true })
  return features => prepareFeatures(store, features)
}
