// Items of feedback per second: taken by a front, read into the label table, joined by prediction id and by key.
//   node scripts/run.mjs bench/feedback.ts [items]
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openMetadata } from '../src/adapters/metadata/index.ts'
import { ingestFeedback, joinByPass, joinNamed } from '../src/monitoring/index.ts'
import { decisionLookup } from '../src/platform/feedback.ts'
import { openFeedback } from '../src/serving/feedback/intake.ts'
import { createDecisionReader, feedbackSegments } from '../src/serving/index.ts'
import { createLogWriter } from '../src/serving/log/writer.ts'
import type { DecidedRequest } from '../src/serving/model.ts'
import { decidedRequest } from '../src/serving/testing/decided-fixture.ts'
import { writeRelease } from '../src/serving/testing/release-fixture.ts'

const items = Number(process.argv[2] ?? 50_000)
const folder = mkdtempSync(join(tmpdir(), 'fettle-bench-feedback-'))
const now = () => BigInt(Date.now()) * 1000n
const lines: string[][] = []

/** Wall clock and processor time, of all threads, of a piece of work over that many items. */
async function timed(name: string, count: number, work: () => Promise<unknown>): Promise<void> {
  const [begun, cpu] = [performance.now(), process.cpuUsage()]
  await work()
  const wall = (performance.now() - begun) / 1000
  const { user, system } = process.cpuUsage(cpu)
  const cpuSeconds = (user + system) / 1e6
  lines.push([name, Math.round(count / wall).toString(), Math.round(count / cpuSeconds).toString()])
}

function decidedFor(n: number): DecidedRequest {
  const request = decidedRequest(n % 5000)
  return {
    ...request,
    rows: request.rows.map(row => ({ ...row, entity: { ...row.entity, origin: `A${n}` } })),
  }
}

const release = writeRelease(folder, { feedback: [{ name: 'late', is: 'label', within: '30d' }] })
const log = createLogWriter({ folder: join(folder, 'log') })
const intake = await openFeedback({ servingFolder: folder })
const ids: string[] = []
for (let at = 0; at < items; at += 1000) {
  const decided = Array.from({ length: 1000 }, (_, n) => decidedFor(at + n))
  await Promise.all(decided.map(request => log.append(request, 'written')))
  ids.push(...decided.map(({ base }) => `${base}-0`))
}
const eventTime = new Date(990_097_081_000).toISOString()
const sent = ids.map((id, n) => ({
  ...(n % 2 === 0 ? { prediction_id: id } : { key: { origin: `A${n}` } }),
  ...{ kind: 'late', value: n % 2, event_time: eventTime },
}))
await timed('taken by a front, 1 000 a request', items, async () => {
  for (let at = 0; at < items; at += 1000) {
    const part = JSON.parse(JSON.stringify(sent.slice(at, at + 1000))) as unknown[]
    await intake.take({ release, items: part, receivedAt: now(), caller: null })
  }
})
const db = await openMetadata({ kind: 'sqlite', path: join(folder, 'meta.sqlite') })
await db.migrate()
const segments = feedbackSegments(folder)
await timed('read into the label table (SQLite)', items, () =>
  ingestFeedback({
    uow: db,
    segments,
    erased: async () => () => false,
    nowMillis: Date.now,
    onDamage: () => undefined,
  }),
)
const decisions = decisionLookup(createDecisionReader(join(folder, 'log')))
await timed('joined by prediction id', items / 2, async () => {
  while ((await joinNamed('late', now(), { uow: db, decisions })) > 0);
})
await timed('joined by entity key, one pass', items / 2, () =>
  joinByPass('late', now(), { uow: db, decisions }),
)
const counts = await db.read.feedback.counts('late')
console.log(`${items} items\n${'step'.padEnd(38)}items/s   items per CPU-s`)
for (const [name = '', wall = '', cpu = ''] of lines)
  console.log(`${name.padEnd(38)}${wall.padStart(7)}${cpu.padStart(15)}`)
console.log(counts.map(each => `${each.kind}: ${each.items} items, ${each.joined} joined`).join('\n'))
await intake.close()
await log.close()
await db.close()
rmSync(folder, { recursive: true, force: true })
