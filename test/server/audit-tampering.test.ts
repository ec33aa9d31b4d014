import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from '@photostructure/sqlite'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { createAuditService } from '../../src/governance/index.ts'
import { systemClock } from '../../src/kernel/clock.ts'
import { auditAnchors } from '../../src/platform/audit-anchors.ts'
import { foldersOf } from '../../src/platform/folders.ts'
import { exportAudit, verifyAudit } from '../../src/platform/verify-audit.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-tampering-'))
const folders = foldersOf(folder)
const exported = join(folder, 'audit.jsonl')

/** Twelve events, anchored after eight and at the end, as a server that stops twice leaves them. */
beforeAll(async () => {
  writeFileSync(join(folder, 'fettle.json'), '{ "project": "flights" }')
  mkdirSync(folders.root)
  for (const count of [8, 4]) {
    const database = await openMetadata({ kind: 'sqlite', path: folders.metadata })
    await database.migrate()
    const onFault = (error: unknown) => {
      throw error
    }
    const audit = createAuditService({ uow: database })
    const anchors = auditAnchors({
      root: folders.root,
      project: 'flights',
      audit,
      clock: systemClock,
      onFault,
    })
    for (let i = 0; i < count; i++)
      await database.transaction(stores =>
        stores.audit.append({ at: 7n, principal: 'ada', action: 'tested', object: `o:${i}`, details: { i } }),
      )
    await anchors.stop()
    await anchors.stop()
    await database.close()
  }
  await exportAudit(folder, exported)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let copies = 0
/** A copy of the project, and its database opened as somebody does who found the file. */
function tamperedWith(statements: readonly string[]): string {
  const copy = join(folder, `copy-${++copies}`)
  cpSync(folders.root, foldersOf(copy).root, { recursive: true })
  copyFileSync(join(folder, 'fettle.json'), join(copy, 'fettle.json'))
  const database = new DatabaseSync(foldersOf(copy).metadata)
  for (const statement of statements) database.exec(statement)
  database.close()
  return copy
}

const faultAfter = async (...statements: string[]) => (await verifyAudit(tamperedWith(statements))).fault

describe('somebody with the database open', () => {
  it('who changes nothing is accused of nothing', async () => {
    expect(await faultAfter()).toBeNull()
    expect(await verifyAudit(folder)).toMatchObject({ count: 12, anchors: 2 })
  })

  const shift = (from: number, by: number) => [
    `update audit_events set seq = seq + 1000 where seq >= ${from}`,
    `update audit_events set seq = seq - 1000 + ${by} where seq > 1000`,
  ]
  const copyOf = (seq: number, as: number) =>
    `insert into audit_events select ${as}, at, 'eve', action, object, details, hash from audit_events where seq = ${seq}`
  it.each([
    ['edits one', 5, 'edited', [`update audit_events set principal = 'eve' where seq = 5`]],
    ['removes one', 5, 'missing', ['delete from audit_events where seq = 5']],
    [
      'removes one and numbers the rest anew',
      5,
      'missing',
      ['delete from audit_events where seq = 5', ...shift(6, -1)],
    ],
    ['puts one in', 5, 'inserted', [...shift(5, 1), copyOf(2, 5)]],
    [
      'swaps two',
      5,
      'reordered',
      [
        'update audit_events set seq = 1000 where seq = 5',
        'update audit_events set seq = 5 where seq = 6',
        'update audit_events set seq = 6 where seq = 1000',
      ],
    ],
    ['cuts off the end', 11, 'truncated', ['delete from audit_events where seq > 10']],
    ['removes all', 1, 'truncated', ['delete from audit_events']],
  ])('who %s is found out at row %i', async (_name, seq, kind, statements) => {
    expect(await faultAfter(...statements)).toEqual({ seq, kind })
  })

  it('who rewrites the whole chain is found out by the anchors', async () => {
    const copy = tamperedWith(['delete from audit_events'])
    const database = await openMetadata({ kind: 'sqlite', path: foldersOf(copy).metadata })
    for (let i = 0; i < 12; i++)
      await database.transaction(stores =>
        stores.audit.append({ at: 7n, principal: 'eve', action: 'tested', object: `o:${i}`, details: { i } }),
      )
    await database.close()
    expect((await verifyAudit(copy)).fault).toEqual({ seq: 1, kind: 'edited' })
  })
})

describe('an export', () => {
  it('is verified elsewhere with anchors and the public key alone', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'fettle-elsewhere-'))
    const at = (name: string) => join(elsewhere, name)
    const { publicKey } = JSON.parse(readFileSync(exported, 'utf8').split('\n')[0] ?? '')
    writeFileSync(at('key.pem'), publicKey)
    copyFileSync(exported, at('audit.jsonl'))
    copyFileSync(join(folders.root, 'anchors', 'audit.jsonl'), at('anchors.jsonl'))
    const options = { anchors: at('anchors.jsonl'), export: at('audit.jsonl'), key: at('key.pem') }
    expect(await verifyAudit(elsewhere, options)).toMatchObject({ count: 12, anchors: 2, fault: null })
    const text = readFileSync(at('audit.jsonl'), 'utf8')
    writeFileSync(at('audit.jsonl'), text.replace('"o:3"', '"o:4"'))
    expect((await verifyAudit(elsewhere, options)).fault).toEqual({ seq: 4, kind: 'edited' })
    writeFileSync(at('audit.jsonl'), `${text}what\n`)
    await expect(verifyAudit(elsewhere, options)).rejects.toMatchObject({ code: 'USAGE' })
    await expect(verifyAudit(elsewhere, { ...options, anchors: at('none') })).rejects.toMatchObject({
      code: 'USAGE',
    })
    rmSync(elsewhere, { recursive: true })
  })
})
