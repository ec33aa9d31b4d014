import { randomBytes } from 'node:crypto'

let lastMillis = 0
let counter = 0

/**
 * A UUID of version 7: 48 bits of Unix milliseconds, then a 12-bit counter that keeps ids of one process in
 * the order they were made, then 62 random bits (RFC 9562).
 */
export function uuidv7(nowMillis: number = Date.now()): string {
  if (nowMillis > lastMillis) {
    lastMillis = nowMillis
    counter = 0
  } else if (++counter > 0xfff) {
    lastMillis += 1
    counter = 0
  }
  const bytes = randomBytes(16)
  bytes.writeUIntBE(lastMillis, 0, 6)
  bytes.writeUInt16BE(0x7000 | counter, 6)
  bytes.writeUInt8(0x80 | (bytes.readUInt8(8) & 0x3f), 8)
  const hex = bytes.toString('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
}

/** An id that says what it names and sorts by the time it was made: `prn_0190…`. */
export function newId<Prefix extends string>(prefix: Prefix): `${Prefix}_${string}` {
  return `${prefix}_${uuidv7().replaceAll('-', '')}`
}

/** Names are `^[a-z][a-z0-9_-]{0,62}$`. */
export function isName(text: string): boolean {
  return /^[a-z][a-z0-9_-]{0,62}$/.test(text)
}
