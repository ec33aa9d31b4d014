import pc from 'picocolors'
import { describe, expect, it } from 'vitest'
import { renderChecks } from '../render/doctor.ts'
import { diskFinding, memoryFinding, nodeFinding, providerFinding, pythonFinding } from './checks.ts'
import { runChecks } from './run-checks.ts'

describe('findings', () => {
  it.each([
    ['20.19.0', 'ok'],
    ['20.18.3', 'fail'],
    ['18.20.0', 'fail'],
    ['24.1.0', 'ok'],
  ])('node %s is %s', (version, verdict) => expect(nodeFinding(version).verdict).toBe(verdict))
  it.each([
    ['3.9.18', 'warn'],
    ['3.10.0', 'ok'],
    ['3.13.1', 'ok'],
    ['4.0.0', 'ok'],
  ])('python %s is %s', (version, verdict) => expect(pythonFinding(version).verdict).toBe(verdict))
  it.each([
    [1e8, 'fail'],
    [1e9, 'warn'],
    [3e9, 'ok'],
  ])('%d bytes free are %s', (free, verdict) => expect(diskFinding(free).verdict).toBe(verdict))
  it.each([
    ['lmdb', true, 'durable', null, 'ok'],
    ['redis://cache:6379/', false, 'durable', null, 'ok'],
    ['redis://cache:6379/', false, 'rebuildable', null, 'warn'],
    ['redis://cache:6379/', false, null, 'it does not answer since …', 'fail'],
  ] as const)('%s (embedded: %s, %s, %s) is %s', (name, embedded, durability, failure, verdict) =>
    expect(providerFinding({ role: 'online', name, embedded, durability, failure }).verdict).toBe(verdict),
  )
  it('memory', () => expect([memoryFinding(1e9).verdict, memoryFinding(4e9).verdict]).toEqual(['warn', 'ok']))
})

describe('runChecks', () => {
  it('gives each its own limit, and calls what throws or hangs unknown', async () => {
    const aborted: string[] = []
    const results = await runChecks(
      [
        { name: 'well', run: async () => ({ value: 'good', verdict: 'ok' }) },
        { name: 'throws', run: () => Promise.reject(new Error('no such file')) },
        {
          name: 'hangs',
          run: signal => new Promise(() => signal.addEventListener('abort', () => aborted.push('hangs'))),
        },
      ],
      30,
    )
    expect(results.map(({ name, verdict, value }) => [name, verdict, value])).toEqual([
      ['well', 'ok', 'good'],
      ['throws', 'unknown', 'could not be checked: no such file'],
      ['hangs', 'unknown', 'no answer in 30 ms'],
    ])
    expect(aborted).toEqual(['hangs'])
  })

  it('reads well', () => {
    const results = [
      { name: 'node', verdict: 'ok' as const, value: '20.19.0', tookMs: 1 },
      { name: 'python', verdict: 'warn' as const, value: 'none', fix: 'Install it.', tookMs: 1 },
    ]
    expect(renderChecks(results, pc.createColors(false))).toBe(
      'ok       node    20.19.0\nwarn     python  none\n                 Install it.\nNothing failed; 1 of 2 checks wants a look.\n',
    )
  })
})
