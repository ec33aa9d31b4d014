import { open, rename } from 'node:fs/promises'

/** Replaces a file whole, readable by its owner only: a reader sees the former one or this one, which is on the device. */
export async function writeWhole(path: string, text: string): Promise<void> {
  const aside = `${path}.new`
  const file = await open(aside, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(aside, path)
}
