import { writeSync } from 'node:fs'
import { openLmdbStore } from '../../src/adapters/online/lmdb/index.ts'
import { batches, fill, push } from './materialize-data.ts'

const [folder = '', first = '0'] = process.argv.slice(2)

/** Writes one batch after another, the first one perhaps once more, with runs between; prints each once it is done. */
async function main(): Promise<void> {
  const store = openLmdbStore({ folder })
  for (let batch = Number(first); batch < batches; batch++) {
    await push(store, batch)
    if (batch % 7 === 6) await fill(store, batch)
    writeSync(1, `${batch}\n`)
  }
  await store.close()
}

await main()
