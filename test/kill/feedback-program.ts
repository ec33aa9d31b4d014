import { writeSync } from 'node:fs'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { ingestFeedback } from '../../src/monitoring/index.ts'
import { openFeedback } from '../../src/serving/feedback/intake.ts'
import { feedbackSegments } from '../../src/serving/index.ts'
import { writeRelease } from '../../src/serving/testing/release-fixture.ts'

const [role, folder = '', path = ''] = process.argv.slice(2)

/** `front`: takes feedback without end, three items at once, and prints the ids that were acknowledged. */
async function front(): Promise<void> {
  const release = writeRelease(folder, { feedback: [{ name: 'late', is: 'label', within: '30d' }] })
  const intake = await openFeedback({ servingFolder: folder, segmentBytes: 4000 })
  for (let round = 0; ; round++) {
    const ids = [0, 1, 2].map(n => `${process.pid}-${round}-${n}`)
    const now = BigInt(Date.now()) * 1000n
    await intake.take({
      release,
      items: ids.map(id => ({
        ...{ feedback_id: id, key: { origin: 'SEA' }, kind: 'late', value: 1 },
        event_time: '2026-01-01T00:00:00Z',
      })),
      receivedAt: now,

      caller: null,
    })
    writeSync(1, `${ids.join(' ')}\n`)
  }
}

/** `plane`: reads the logs into the label table without end, and prints how many items came in. */
async function plane(): Promise<void> {
  const db = await openMetadata({ kind: 'sqlite', path })
  await db.migrate()
  for (;;) {
    const { added } = await ingestFeedback({
      uow: db,
      segments: feedbackSegments(folder),
      // Three days on: what was read may go at once.
      erased: async () => () => false,
      nowMillis: () => Date.now() + 3 * 86_400_000,
      onDamage: (segment, bytes) => {
        throw new Error(`${segment}: ${bytes} bytes`)
      },
    })
    if (added > 0) writeSync(1, `${added}\n`)
    else await new Promise(resolve => setTimeout(resolve, 2))
  }
}

await (role === 'front' ? front() : plane())
