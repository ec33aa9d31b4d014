import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { appendKill, type KillRow, readKills } from './kills.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'fettle-kills-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

const turn = (deployment: string, level: KillRow['level'], more: Partial<KillRow> = {}) =>
  appendKill(folder, { at: '2001-05-08T17:00:00Z', deployment, level, by: 'ana', ...more })

describe('kill switches of a host', () => {
  it('are as their last rows say', async () => {
    for (const [name, level] of [
      ['late', 'closed'],
      ['fraud', 'model'],
      ['late', 'model'],
      ['fraud', 'lift'],
    ] as const)
      await turn(name, level)
    expect([...(await readKills(folder))]).toEqual([['late', { level: 'model' }]])
  })

  it('name the link that answers first', async () => {
    await turn('late', 'model', { from: 'value' })
    expect((await readKills(folder)).get('late')).toEqual({ level: 'model', from: 'value' })
  })

  it('survive a row that a crash cut off', async () => {
    await turn('late', 'closed')
    appendFileSync(join(folder, 'kills.jsonl'), '\n{"deployment":"late","lev')
    expect([...(await readKills(folder))]).toEqual([['late', { level: 'closed' }]])
    await turn('late', 'lift')
    expect((await readKills(folder)).size).toBe(0)
  })

  it('of fronts before stay, until they are lifted', async () => {
    writeFileSync(join(folder, 'killed.json'), '["late"]')
    expect([...(await readKills(folder))]).toEqual([['late', { level: 'closed' }]])
    await turn('late', 'lift')
    expect((await readKills(folder)).size).toBe(0)
  })
})
