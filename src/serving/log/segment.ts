import { crc32c } from '../../kernel/framing/crc32c.ts'

export const segmentHeaderBytes = 64
const magic = 'FTLPLOG1'

export interface SegmentHeader {
  /** Number of the front on its node. */
  readonly front: number
  /** 16 bytes, random per node. */
  readonly node: Uint8Array
  /** 1, 2, 3 … per front. */
  readonly segment: number
  /** UTC, µs. */
  readonly createdAt: bigint
}

/** The 64 bytes at the start of a segment. */
export function encodeSegmentHeader(header: SegmentHeader): Buffer {
  const bytes = Buffer.alloc(segmentHeaderBytes)
  bytes.write(magic, 0, 'latin1')
  bytes.writeUInt32LE(1, 8)
  bytes.writeUInt32LE(header.front, 12)
  bytes.set(header.node.subarray(0, 16), 16)
  bytes.writeBigUInt64LE(BigInt(header.segment), 32)
  bytes.writeBigUInt64LE(header.createdAt, 40)
  bytes.writeUInt32LE(crc32c(bytes, 0, 60), 60)
  return bytes
}

/** The header, or undefined if these bytes are none. */
export function decodeSegmentHeader(bytes: Buffer): SegmentHeader | undefined {
  if (bytes.length < segmentHeaderBytes || bytes.toString('latin1', 0, 8) !== magic) return undefined
  if (bytes.readUInt32LE(60) !== crc32c(bytes, 0, 60) || bytes.readUInt32LE(8) !== 1) return undefined
  return {
    front: bytes.readUInt32LE(12),
    node: bytes.subarray(16, 32),
    segment: Number(bytes.readBigUInt64LE(32)),
    createdAt: bytes.readBigUInt64LE(40),
  }
}

/** What the name of a segment file says. Names of one front sort by segment. */
export interface SegmentName {
  readonly front: number
  readonly segment: number
  readonly createdMillis: number
  readonly open: boolean
}

/** `0-0000000001-1700000000000.open`: front, segment, milliseconds of creation. Sealed segments end in `.log`. */
export function segmentFileName(name: SegmentName): string {
  const segment = String(name.segment).padStart(10, '0')
  const created = String(name.createdMillis).padStart(13, '0')
  return `${name.front}-${segment}-${created}.${name.open ? 'open' : 'log'}`
}

export function parseSegmentFileName(file: string): SegmentName | undefined {
  const match = /^(\d+)-(\d{10,})-(\d{13,})\.(open|log)$/.exec(file)
  if (!match) return undefined
  return {
    front: Number(match[1]),
    segment: Number(match[2]),
    createdMillis: Number(match[3]),
    open: match[4] === 'open',
  }
}
