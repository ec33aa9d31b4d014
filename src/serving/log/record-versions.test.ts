import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { frameHeaderBytes, framePayloadLength } from '../../kernel/framing/frames.ts'
import { createDecisionReader } from '../decisions/reader.ts'
import type { DecidedRequest, ReleaseNote } from '../model.ts'
import { decidedRequest, note } from '../testing/decided-fixture.ts'
import { appendDecisions, frameBuffer } from './record-codec.ts'
import { decodeDecisions, decodeNote, peekDecisions } from './record-decoder.ts'
import { createLogWriter } from './writer.ts'

/** A note and two frames as the first released version wrote them. Never change these bytes. */
const firstVersion = Buffer.from(
  [
    '77010000e32fe9c1010107007b226465706c6f796d656e74223a226c617465222c2272656c65617365223a332c226469',
    '67657374223a227368613235363a616263222c226d6f64656c223a226c617465222c226d6f64656c56657273696f6e22',
    '3a322c2273636f726572223a7b226b696e64223a226c696e656172222c226275696c64223a226231227d2c2272657175',
    '657374223a5b7b226e616d65223a226f726967696e222c22726f6c65223a226b6579227d2c7b226e616d65223a226e22',
    '2c22726f6c65223a2272657175657374227d2c7b226e616d65223a226f6b222c22726f6c65223a227265717565737422',
    '7d5d2c22766563746f72223a5b226e222c226f726967696e5f5f62757379225d2c226c6f6f6b757073223a5b226f7269',
    '67696e225d2c22616374696f6e223a7b226e616d65223a227761726e222c227468726573686f6c64223a302e352c2270',
    '6572223a226f726967696e222c227365676d656e7473223a5b5b2261222c302e315d2c5b2262222c302e325d5d7d7d02',
    '010000a7ae539c0201030007000190a0000000700080000000000000051400796090281843e40779609028184300f0f8',
    '85e7230c43010101000000020000000300000004000000050000000c0072657175657374203520c3bc010b0073636f72',
    '65722d646f776e05020000004135040080e03779c3110002abaaaaaaaaaafa3f000000000000f87f0402000000000000',
    'f87fe27a14ae47e1ba3f00ffffffff05020000004135040080e03779c3110001abaaaaaaaaaafa3f000000000000f03f',
    '040000009fb232230c43e27a14ae47e1ba3f010000000000040080e03779c3110002abaaaaaaaaaafa3f000000000000',
    'f87f0402000000000000f87fe27a14ae47e1ba3f0001000000f50000003b9abdc00201030007000190a0000000700080',
    '000000000000061800796090281843e80779609028184300f0f885e7230c430000010000000200000003000000040000',
    '00050000000c0072657175657374203620c3bc0005020000004136040000a7dcf7501500020000000000000040000000',
    '000000f87f0402000000000000f87f8a4160e5d022bb3f00ffffffff05020000004136040000a7dcf750150001000000',
    '0000000040000000000000f03f040000009fb232230c438a4160e5d022bb3f010000000000040000a7dcf75015000200',
    '00000000000040000000000000f87f0402000000000000f87f8a4160e5d022bb3f0001000000',
  ].join(''),
  'hex',
)

function payloads(bytes: Buffer): Buffer[] {
  const found: Buffer[] = []
  for (let at = 0; at < bytes.length; ) {
    const length = framePayloadLength(bytes, at)
    if (length === undefined) throw new Error('a frame is damaged')
    found.push(bytes.subarray(at + frameHeaderBytes, at + frameHeaderBytes + length))
    at += frameHeaderBytes + length
  }
  return found
}

const logged = { segment: 's', offset: 64 }

/** What a request reads as. */
function readAs({ rows, note: release, ...shared }: DecidedRequest) {
  return rows.map(({ states: _, segmentAt, ...row }) => {
    const [segment, threshold] = release.action?.segments?.[segmentAt] ?? [
      null,
      release.action?.threshold ?? null,
    ]
    return {
      ...shared,
      ...row,
      release,
      logged,
      segment,
      threshold,
      predictionId: `${shared.base}-${row.row}`,
    }
  })
}

describe('versions of a record', () => {
  it('frames of the first version are read as they were written', () => {
    const [first, ...frames] = payloads(firstVersion)
    const { index, note: release } = decodeNote(first as Buffer)
    expect([index, release.action?.per]).toEqual([7, 'origin'])
    for (const [i, frame] of frames.entries()) {
      const base = `0190a000-0000-7000-8000-00000000000${5 + i}`
      const wanted = readAs({ ...decidedRequest(5 + i, 3, release), base })
      expect(decodeDecisions(frame, release, { logged })).toMatchObject(wanted)
      expect(peekDecisions(frame)).toMatchObject({ kind: 'online', begins: true, rows: 3 })
    }
  })

  it('everything a rollout says of a request is read back', () => {
    const plain = decidedRequest(3, 2)
    const ofRow = { bucket: 9999, armReason: 'holdback' } as const
    const requests: DecidedRequest[] = [
      plain,
      { ...plain, servedBy: 'former', kind: 'demo', caller: 'ana' },
      { ...plain, arm: 'challenger', assignment: { salt: 'late-3', sticky: true, seq: 2 ** 40 } },
      { ...plain, kind: 'reverse-shadow', shadowOf: plain.base, parentId: 'p', jobId: 'j'.repeat(300) },
      { ...plain, rows: plain.rows.map((row, i) => ({ ...row, ...ofRow, row: 4000 + i })) },
      { ...plain, rows: plain.rows.map((row, i) => ({ ...row, row: 1 - i })) },
    ]
    for (const request of requests) {
      const out = frameBuffer(16)
      appendDecisions(out, 1, request)
      const [payload] = payloads(out.bytes.subarray(0, out.end)) as [Buffer]
      expect(decodeDecisions(payload, note, { logged })).toMatchObject(readAs(request))
      expect(peekDecisions(payload)).toMatchObject({
        kind: request.kind,
        begins: request.rows.some(({ row }) => row === 0),
      })
    }
  })

  it('a request of three arms is three frames: each row is found, and it is one request', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'fettle-arms-'))
    // Every frame in a segment of its own.
    const log = createLogWriter({ folder, segmentBytes: 64 })
    const request = decidedRequest(1, 7)
    const arms = ['champion', 'challenger', 'holdback'] as const
    for (const [i, arm] of arms.entries()) {
      const release: ReleaseNote = { ...note, release: 10 + i }
      const rows = request.rows.filter(({ row }) => row % 3 === i)
      await log.append({ ...request, note: release, arm, rows }, 'written')
    }
    await log.append({ ...decidedRequest(2, 7), kind: 'shadow', shadowOf: request.base }, 'written')
    await log.append({ ...decidedRequest(3, 2), kind: 'demo' }, 'written')
    const reader = createDecisionReader(folder)
    for (const { row, score } of request.rows)
      expect(await reader.find(`${request.base}-${row}`)).toMatchObject({
        ...{ row, score, arm: arms[row % 3] },
        release: { release: 10 + (row % 3) },
      })
    expect(await reader.find(`${request.base}-7`)).toBeUndefined()
    expect(await reader.traffic('late', 0n)).toMatchObject({ requests: 1, predictions: 7, demo: 2 })
    expect((await reader.latest('late', {})).items.map(({ kind }) => kind)).toEqual([
      ...['demo', 'demo'],
      ...Array(7).fill('online'),
    ])
    expect((await reader.latest('late', { kinds: ['shadow'] })).items.length).toBe(7)
    await log.close()
    rmSync(folder, { recursive: true })
  })
})
