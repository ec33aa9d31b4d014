import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onlineStoreConformance } from '../../../../test/conformance/online-store.ts'
import { openLmdbStore } from './store.ts'

onlineStoreConformance('lmdb', {
  place: async () => {
    const place = await mkdtemp(join(tmpdir(), 'fettle-lmdb-'))
    return { place, remove: () => rm(place, { recursive: true, force: true }) }
  },
  open: async place => openLmdbStore({ folder: place }),
  childSource: `import { openLmdbStore } from ${JSON.stringify(join(import.meta.dirname, 'store.ts'))}\nconst store = openLmdbStore({ folder: process.argv[2] })`,
})
