import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type MetadataDatabase, openMetadata } from '../../src/adapters/metadata/index.ts'
import { ingestFeedback } from '../../src/monitoring/index.ts'
import { openFeedback } from '../../src/serving/feedback/intake.ts'
import { feedbackSegments } from '../../src/serving/index.ts'
import { buildProgram, killAfter, type Program } from '../support/child-program.ts'

describe('front and control plane are killed while feedback comes in', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-kill-feedback-'))
  const serving = join(folder, 'serving')
  const path = join(folder, 'meta.sqlite')
  let program: Program
  beforeAll(async () => {
    mkdirSync(serving)
    program = await buildProgram(fileURLToPath(new URL('feedback-program.ts', import.meta.url)))
  })
  afterAll(() => {
    program.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  async function drain(db: MetadataDatabase): Promise<void> {
    const parts = {
      uow: db,
      segments: feedbackSegments(serving),
      erased: async () => () => false,
      nowMillis: Date.now,
    }
    const onDamage = (segment: string, bytes: number) => {
      throw new Error(`${segment}: ${bytes} bytes`)
    }
    while ((await ingestFeedback({ ...parts, onDamage })).items > 0);
  }

  it('what was acknowledged is in the table, each item once', async () => {
    const acknowledged: string[] = []
    for (let times = 0; times < 12; times++) {
      const when = () => ({ after: 1 + Math.floor(Math.random() * 20), delayMs: Math.random() * 5 })
      const [lines] = await Promise.all([
        killAfter(program.start('front', serving), when()),
        killAfter(program.start('plane', serving, path), { after: 1, delayMs: Math.random() * 15 }),
      ])
      acknowledged.push(...lines.flatMap(line => line.split(' ')))
    }
    // A front that starts again seals what the killed one left open.
    await (await openFeedback({ servingFolder: serving })).close()
    const db = await openMetadata({ kind: 'sqlite', path })
    await drain(db)
    const found: string[] = []
    for (let cursor: string | undefined, more = true; more; ) {
      const page = await db.read.feedback.list({ deployment: 'late', limit: 500, ...(cursor && { cursor }) })
      found.push(...page.items.map(({ id }) => id))
      cursor = page.next
      more = cursor !== undefined
    }
    expect(new Set(found).size).toBe(found.length)
    expect(acknowledged.length).toBeGreaterThan(30)
    expect(acknowledged.filter(id => !found.includes(id))).toEqual([])
    const cursors = await db.read.feedback.cursors()
    expect(readdirSync(join(serving, 'feedback')).length).toBe(cursors.size)
    await db.close()
  })
})
