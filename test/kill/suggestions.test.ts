import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { createAuditService, createSuggestions, type Suggestion } from '../../src/governance/index.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { buildProgram, killAfter, type Program } from '../support/child-program.ts'

describe('a server that is killed while it decides and applies', () => {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-kill-suggestions-'))
  const path = join(folder, 'meta.sqlite')
  const effects = join(folder, 'effects')
  let program: Program
  beforeAll(async () => {
    mkdirSync(effects)
    program = await buildProgram(fileURLToPath(new URL('suggestions-program.ts', import.meta.url)))
  })
  afterAll(() => {
    program.remove()
    rmSync(folder, { recursive: true, force: true })
  })

  it('has decided each once, applies what it accepted, and nothing else', async () => {
    const acknowledged = new Set<string>()
    for (let times = 0; times < 25; times++) {
      const after = 1 + Math.floor(Math.random() * 25)
      const lines = await killAfter(program.start(path, effects), { after, delayMs: Math.random() * 8 })
      for (const id of lines) acknowledged.add(id)
    }
    const db = await openMetadata({ kind: 'sqlite', path })
    expect(await db.migrate()).toEqual([])
    const applied = new Map<string, unknown>()
    const suggestions = createSuggestions({
      ...{ uow: db, clock: systemClock },
      appliers: {
        threshold: async ({ id }, value) => {
          applied.set(id, value)
          return null
        },
      },
    })
    const cut = await db.read.suggestions.unappliedSuggestions({ after: undefined, limit: 500 })
    await suggestions.settle()
    expect([...applied.keys()].sort()).toEqual(cut.map(({ id }) => id).sort())
    const all = await everything(suggestions)
    for (const id of acknowledged) expect(all.get(id)?.decision?.by).toBe('mila')
    const done = [...all.values()].filter(each => each.appliedAt !== null)
    for (const each of done) {
      const value = each.state === 'edited' ? 0.9 : each.proposed
      const effect = applied.get(each.id) ?? JSON.parse(readFileSync(join(effects, each.id), 'utf8'))
      expect(effect).toEqual(value)
    }
    const known = new Set(done.map(({ id }) => id))
    expect(readdirSync(effects).filter(id => !known.has(id))).toEqual([])
    for (const { state, appliedAt } of all.values())
      if (state === 'accepted' || state === 'edited') expect(appliedAt).not.toBeNull()
    const told = await audited(db)
    for (const { id, state, appliedAt } of all.values()) {
      expect(told.get(`${id} applied`) ?? 0).toBe(appliedAt === null ? 0 : 1)
      if (state === 'applied') expect(told.get(`${id} accepted`)).toBe(1)
      if (state === 'rejected' || state === 'edited') expect(told.get(`${id} ${state}`)).toBe(1)
    }
    const [ladder] = await suggestions.levels()
    const counted = [...all.values()].filter(each => each.decision?.counts)
    expect(ladder?.decisions.count).toBe(counted.length)
    expect(await createAuditService({ uow: db }).verify()).toMatchObject({ fault: null })
    await db.close()
  }, 120_000)
})

async function everything(suggestions: ReturnType<typeof createSuggestions>) {
  const all = new Map<string, Suggestion>()
  for (let cursor: string | undefined, more = true; more; ) {
    const page = await suggestions.list({ limit: 500, ...(cursor === undefined ? {} : { cursor }) })
    for (const each of page.items) all.set(each.id, each)
    cursor = page.next
    more = cursor !== undefined
  }
  return all
}

/** How often each `<id> <what happened>` stands in the audit. */
async function audited(db: Awaited<ReturnType<typeof openMetadata>>): Promise<ReadonlyMap<string, number>> {
  const told = new Map<string, number>()
  for (const { action, details } of await db.read.audit.links({ after: 0, limit: 1_000_000 })) {
    const { id } = (details ?? {}) as { readonly id?: string }
    const key = `${id} ${action.replace('suggestion.', '')}`
    told.set(key, (told.get(key) ?? 0) + 1)
  }
  return told
}
