import { createHash } from 'node:crypto'

/** Any value JSON can carry. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json | undefined }

/**
 * Canonical JSON by RFC 8785: keys in UTF-16 order, ECMAScript numbers, no blanks. Keys whose value is
 * undefined do not exist. Throws TypeError for NaN and infinities, which JSON has no form for.
 */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError('canonical JSON has no form for non-finite numbers')
    return JSON.stringify(value)
  }
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`
  const members: string[] = []
  for (const key of Object.keys(value).sort()) {
    const member = value[key]
    if (member !== undefined) members.push(`${JSON.stringify(key)}:${canonicalJson(member)}`)
  }
  return `{${members.join(',')}}`
}

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value)
}

/** Lower-case hex SHA-256 of text (as UTF-8) or bytes. */
export function sha256Hex(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

/** `sha256:<hex>` of the canonical JSON of a value: the identity of anything stored as data. */
export function contentHash(value: Json): string {
  return `sha256:${sha256Hex(canonicalJson(value))}`
}
