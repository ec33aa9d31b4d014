import { randomBytes } from 'node:crypto'
import { writeFileSync, writeSync } from 'node:fs'
import { openFilesystemObjects } from '../../src/adapters/objects/filesystem/index.ts'

const [folder = '', scratch = ''] = process.argv.slice(2)

/** Stores one object after another, from memory and from a file, printing each hash once it is acknowledged. */
async function main(): Promise<void> {
  const store = await openFilesystemObjects(folder)
  for (;;) {
    const bytes = randomBytes(200_000)
    writeSync(1, `${(await store.putBytes(bytes.subarray(0, 1_000))).hash}\n`)
    writeFileSync(scratch, bytes)
    writeSync(1, `${(await store.putFile(scratch)).hash}\n`)
  }
}

await main()
