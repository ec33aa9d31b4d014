import { open, rename } from 'node:fs/promises'

/**
 * Replaces a file whole, readable by its owner only unless `mode` says otherwise: a reader sees the former one or this one,
 * which is on the device.
 */
export async function writeWhole(path: string, text: string | Uint8Array, mode = 0o600): Promise<void> {
  const aside = `${path}.new`
  const file = await open(aside, 'w', mode)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(aside, path)
}
