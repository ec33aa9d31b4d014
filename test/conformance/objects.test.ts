import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { openFilesystemObjects } from '../../src/adapters/objects/filesystem/index.ts'
import { objectsConformance } from './objects.ts'

objectsConformance({
  name: 'the file system',
  open: openFilesystemObjects,
  damage: (folder, hash, other) => {
    const hex = hash.slice('sha256:'.length)
    const path = join(folder, 'sha256', hex.slice(0, 2), hex)
    chmodSync(path, 0o644)
    writeFileSync(path, other)
  },
})
