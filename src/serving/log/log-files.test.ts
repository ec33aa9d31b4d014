import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { crc32c } from '../../kernel/framing/crc32c.ts'
import { frameOf, validPrefix } from '../../kernel/framing/frames.ts'
import { decodeSegmentHeader, encodeSegmentHeader, parseSegmentFileName, segmentFileName } from './segment.ts'

/** Bit by bit, straight from the definition. */
function naiveCrc(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}

describe('frames', () => {
  it('sums like the bitwise definition', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), bytes => crc32c(bytes) === naiveCrc(bytes)))
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283)
  })

  it('a flipped bit ends the prefix at its frame', () => {
    const payloads = [Buffer.from('one'), Buffer.from('two two'), Buffer.alloc(40, 7)]
    const frames = payloads.map(frameOf)
    const whole = Buffer.concat(frames)
    for (let bit = 0; bit < whole.length * 8; bit++) {
      const damaged = Buffer.from(whole)
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      let end = 0
      for (const frame of frames) {
        if (bit >> 3 < end + frame.length) break
        end += frame.length
      }
      expect(validPrefix(damaged).end).toBe(end)
    }
  })
})

describe('segment', () => {
  it('header round-trips and refuses any damaged byte', () => {
    const header = { front: 3, node: Buffer.alloc(16, 9), segment: 12, createdAt: 1_700_000_000_000_000n }
    const bytes = encodeSegmentHeader(header)
    expect(decodeSegmentHeader(bytes)).toEqual({ ...header, node: Buffer.alloc(16, 9) })
    for (let at = 0; at < bytes.length; at++) {
      const damaged = Buffer.from(bytes)
      damaged[at] = (damaged[at] ?? 0) ^ 0x10
      expect(decodeSegmentHeader(damaged)).toBeUndefined()
    }
  })

  it('names round-trip', () => {
    const name = { front: 0, segment: 7, createdMillis: 1_700_000_000_123, open: true }
    expect(segmentFileName(name)).toBe('0-0000000007-1700000000123.open')
    expect(parseSegmentFileName(segmentFileName(name))).toEqual(name)
    expect(parseSegmentFileName('readme.txt')).toBeUndefined()
  })
})
