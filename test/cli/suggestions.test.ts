import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { openMetadata } from '../../src/adapters/metadata/index.ts'
import { main } from '../../src/cli/main.ts'
import { createSuggestions } from '../../src/governance/index.ts'
import { settableClock } from '../../src/kernel/clock.ts'
import { fakeIo } from '../support/fake-io.ts'
import { fakeServer, token } from '../support/fake-server.ts'
import { now } from '../support/sample-records.ts'
import { proposalOf } from '../support/sample-suggestions.ts'

describe('fettle suggestions', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'fettle-suggestions-'))
  const db = await openMetadata({ kind: 'sqlite', path: join(folder, 'meta.sqlite') })
  await db.migrate()
  const suggestions = createSuggestions({
    ...{ uow: db, clock: settableClock(now), appliesHere: () => true },
    appliers: { threshold: async () => ({ release: 2 }) },
  })
  const { app } = fakeServer({ with: { suggestions } })
  beforeAll(async () => {
    const url = await app.listen({ port: 0, host: '127.0.0.1' })
    mkdirSync(join(folder, '.fettle'))
    writeFileSync(join(folder, 'fettle.json'), '{ "project": "flights" }')
    writeFileSync(join(folder, '.fettle', 'server.json'), JSON.stringify({ pid: process.pid, url, token }))
  })
  afterAll(async () => {
    await app.close()
    await db.close()
    rmSync(folder, { recursive: true })
  })
  const fettle = async (...argv: string[]) => {
    const io = fakeIo()
    const code = await main(['suggestions', ...argv, '--folder', folder], io, '1.2.3')
    return { code, ...io.written }
  }
  const idOf = async (segment: string) => {
    const { items } = await suggestions.list({ limit: 100 })
    return items.find(each => each.segment === segment)?.id ?? ''
  }
  const rule = ['deployment:late', 'fpr', 'airport'] as const
  const withoutIds = (text: string) => text.replace(/(sug|bat)_[0-9a-f]+/g, '$1_…')

  it('says what there is, before and after a rule was switched on', async () => {
    expect((await fettle()).out).toBe('No suggestion is open. fettle suggestions levels shows the rules.\n')
    await suggestions.propose(
      Array.from({ length: 13 }, (_, at) =>
        proposalOf({
          ...{ segment: `A${at}`, title: `Threshold of A${at}`, flipsPerWeekUpper: at === 0 ? null : at / 4 },
          capHit: at === 12,
          expiresAt: now + 30n * 86_400_000_000n,
        }),
      ),
    )
    expect((await fettle('levels')).out).toBe(
      [
        'deployment:late fpr airport: observe since 2001-05-08',
        '  next: a person switches it on: fettle suggestions switch-on deployment:late fpr airport',
        '',
      ].join('\n'),
    )
    const early = await fettle('accept', await idOf('A1'), '--yes')
    expect(early.code).toBe(1)
    expect(early.err).toContain('only observes')
    expect((await fettle('switch-on', ...rule)).out).toContain('suggest since')
    const listed = withoutIds((await fettle('list', '--limit', '3')).out)
    expect(listed).toBe(
      [
        'ID                                    SUGGESTION        CHANGE     FLIPS A WEEK  MATURED  LEVEL             MADE',
        'sug_…  Threshold of A0   0.5 → 0.6  unknown       900      suggest           just now',
        'sug_…  Threshold of A12  0.5 → 0.6  ≤ 3           900      suggest, cap hit  just now',
        'sug_…  Threshold of A11  0.5 → 0.6  ≤ 2.75        900      suggest           just now',
        'There are more: --limit shows up to 500.',
        'Next: fettle suggestions show ID, then accept, edit or reject it.',
        '',
      ].join('\n'),
    )
  })

  it('shows one with what it rests on', async () => {
    expect(withoutIds((await fettle('show', await idOf('A4'))).out)).toBe(
      [
        'sug_…  Threshold of A4',
        '  0.5 → 0.6, interval 0.55 to 0.65',
        '  by fpr for deployment:late, airport A4, cycle c1',
        '  flips a week: 3, at most 1',
        '  rests on 1 000 rows, 900 matured',
        '  window 2001-05-01 00:00 UTC to 2001-05-28 00:00 UTC',
        '  open until 2001-06-07 17:00 UTC',
        '',
      ].join('\n'),
    )
  })

  it('decides without questions where it is told to, and says what counts', async () => {
    const id = await idOf('A1')
    const asked = await fettle('accept', id)
    expect(asked.code).toBe(2)
    expect(asked.err).toContain('Add --yes')
    expect(withoutIds((await fettle('accept', id, '--yes', '--as', 'mila')).out)).toBe(
      'sug_… is applied. It is no evidence for the rule: the time to decide was not measured.\n',
    )
    const late = await fettle('reject', id, '--reason', 'policy', '--as', 'jon')
    expect(late.code).toBe(1)
    expect(late.err).toContain('is applied by mila at 2001-05-08')
    expect((await fettle('reject', id)).err).toContain('needs --reason, one of wrong-value')
    const edited = await fettle('edit', await idOf('A2'), '--value', '0.58', '--reason', 'bad-data', '--json')
    expect(JSON.parse(edited.out)).toMatchObject({ state: 'edited', decision: { value: 0.58, by: 'local' } })
    expect((await fettle('veto', await idOf('A3'), '--reason', 'policy')).err).toContain('no veto window')
  })

  it('accepts a safe tail after its sample', async () => {
    const started = await fettle('accept', '--below', '2.8', '--json', '--as', 'mila')
    const batch = JSON.parse(started.out) as { id: string; size: number; sample: { id: string }[] }
    expect(batch).toMatchObject({ size: 9, below: 2.8 })
    const early = await fettle('accept-batch', batch.id, '--yes', '--as', 'mila')
    expect(early.err).toContain('are not decided one by one by mila')
    for (const { id } of batch.sample)
      await fettle('accept', id, '--batch', batch.id, '--yes', '--as', 'mila')
    expect((await fettle('accept-batch', batch.id, '--yes', '--as', 'mila')).out).toBe(
      '0 accepted in one act; they are no evidence for the rule.\n',
    )
    expect(withoutIds((await fettle('pace')).out)).toBe(
      [
        'WHO    DECISIONS  UNDER 2 S             MEDIAN                IN BATCHES',
        'local  1          no time was measured  no time was measured  0 %',
        'mila   10         no time was measured  no time was measured  0 %',
        'all    11         no time was measured  no time was measured  0 %',
        '',
      ].join('\n'),
    )
  })

  it('raises only what was earned, and tells the history', async () => {
    const raised = await fettle('raise', ...rule, '--reason', 'please')
    expect(raised.code).toBe(1)
    expect(raised.err).toContain('bound not looked at yet of 0.9, cycles 1 of 3, judged 0 of 29')
    expect((await fettle('levels')).out).toBe(
      [
        'deployment:late fpr airport: suggest since 2001-05-08',
        '  evidence: 0 of 1 accepted, 0 judged well',
        '  next: veto: lower bound –/0.9, cycles 1/3, applied and judged well 0/29, next look at 29 (now 1)',
        '',
      ].join('\n'),
    )
    expect((await fettle('history', ...rule)).out).toBe(
      [
        'AT                    WHAT      LEVEL              BY        WHY                   EVIDENCE THEN',
        '2001-05-08 17:00 UTC  started   observe            rule:fpr  its first suggestion  none',
        '2001-05-08 17:00 UTC  switched  observe → suggest  local                           none',
        '',
      ].join('\n'),
    )
    expect((await fettle('lower', ...rule, '--reason', 'pause')).out).toContain('observe since')
    expect((await fettle('dance')).err).toContain('there is nothing to do with suggestions called dance')
  })
})
