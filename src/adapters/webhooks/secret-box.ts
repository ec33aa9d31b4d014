import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import type { SecretBox } from '../../registry/ports.ts'

const form = 'v1'
const nonceBytes = 12
const tagBytes = 16

/** Seals with AES-256-GCM under a key of 32 bytes and a random nonce: `v1.` and base64url of nonce, text, tag. */
export function secretBox(key: Uint8Array): SecretBox {
  return {
    seal(secret) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(form))
      const sealed = Buffer.concat([
        nonce,
        cipher.update(secret, 'utf8'),
        cipher.final(),
        cipher.getAuthTag(),
      ])
      return `${form}.${sealed.toString('base64url')}`
    },
    open(sealed) {
      const bytes = Buffer.from(sealed.slice(form.length + 1), 'base64url')
      const end = bytes.length - tagBytes
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, bytes.subarray(0, nonceBytes))
        decipher.setAAD(Buffer.from(form)).setAuthTag(bytes.subarray(end))
        return Buffer.concat([decipher.update(bytes.subarray(nonceBytes, end)), decipher.final()]).toString(
          'utf8',
        )
      } catch (cause) {
        throw new Error('the secret was sealed with another key: set it again', { cause })
      }
    },
  }
}
