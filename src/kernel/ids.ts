import { randomFillSync } from 'node:crypto'

let lastMillis = 0
let counter = 0
/** Of `lastMillis`. */
let timeHex = ''

/** Random bytes are fetched for many ids at once: asking the system for each costs more than making the id. */
const pool = Buffer.allocUnsafe(4096)
let unused = 0

/**
 * A UUID of version 7: 48 bits of Unix milliseconds, then a 12-bit counter that keeps ids of one process in
 * the order they were made, then 62 random bits (RFC 9562).
 */
export function uuidv7(nowMillis: number = Date.now()): string {
  if (nowMillis > lastMillis) startMillis(nowMillis)
  else if (++counter > 0xfff) startMillis(lastMillis + 1)
  const count = counter.toString(16).padStart(3, '0')
  const random = randomHex()
  return `${timeHex}-7${count}-${random.slice(0, 4)}-${random.slice(4)}`
}

function startMillis(millis: number): void {
  const time = millis.toString(16).padStart(12, '0')
  timeHex = `${time.slice(0, 8)}-${time.slice(8)}`
  lastMillis = millis
  counter = 0
}

/** Eight random bytes as hex, never given twice; the first two bits are the variant of RFC 9562. */
function randomHex(): string {
  if (unused === 0) {
    randomFillSync(pool)
    unused = pool.length
  }
  unused -= 8
  pool.writeUInt8(0x80 | (pool.readUInt8(unused) & 0x3f), unused)
  return pool.toString('hex', unused, unused + 8)
}

/** An id that says what it names and sorts by the time it was made: `prn_0190…`. */
export function newId<Prefix extends string>(prefix: Prefix): `${Prefix}_${string}` {
  return `${prefix}_${uuidv7().replaceAll('-', '')}`
}

/** Names are `^[a-z][a-z0-9_-]{0,62}$`. */
export function isName(text: string): boolean {
  return /^[a-z][a-z0-9_-]{0,62}$/.test(text)
}
