import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The secret that tokens of keys are made with: made once, kept beside the data it protects, readable by its owner only. */
export function projectPepper(root: string): string {
  return kept(join(root, 'pepper'), () => randomBytes(32).toString('base64url'))
}

/** The Ed25519 key that receipts are signed with, as PKCS #8 PEM. */
export function receiptKey(root: string): string {
  return kept(join(root, 'receipts.key'), () =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  )
}

/** The guard of whoever reads or writes features. */
export const guardOf = ({ pepper }: { readonly pepper: string }) => ({
  secret: Buffer.from(pepper, 'base64url'),
})

function kept(path: string, make: () => string): string {
  try {
    writeFileSync(path, make(), { mode: 0o600, flag: 'wx', flush: true })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  return readFileSync(path, 'utf8')
}
