import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** Files of secrets below `.fettle` that cannot be made again. */
export const keptKeys = ['pepper', 'receipts.key', 'webhooks.key', 'signing.key', 'anchors.key'] as const

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

/** The P-256 key that model versions are signed with, as PKCS #8 PEM. */
export function signingKey(root: string): string {
  return kept(join(root, 'signing.key'), () =>
    generateKeyPairSync('ec', { namedCurve: 'P-256' })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString(),
  )
}

/** The Ed25519 key that anchors of the audit are signed with, as PKCS #8 PEM. */
export function anchorKey(root: string): string {
  return kept(join(root, 'anchors.key'), () =>
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  )
}

/** The key that secrets of webhooks are sealed with where they are stored. */
export function webhookKey(root: string): Uint8Array {
  return Buffer.from(
    kept(join(root, 'webhooks.key'), () => randomBytes(32).toString('base64url')),
    'base64url',
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
