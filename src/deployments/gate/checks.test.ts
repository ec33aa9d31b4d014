import { describe, expect, it } from 'vitest'
import type { ContractData } from '../../definitions/index.ts'
import type { ContractCell, ContractsReport, PlannedCell } from '../../evaluation/index.ts'
import type { Release } from '../../registry/index.ts'
import { checkCompatible, checkContracts, checkPurpose, checkReasons } from './checks.ts'
import { pageHtml, pageJUnit } from './files.ts'
import type { GateCheck, JudgedRelease, VerdictPage } from './model.ts'
import { refusalOf, summaryOf, verdictOf } from './verdict.ts'

const release = {
  number: 2,
  signature: {
    inputs: [{ name: 'distance', type: 'int64', nullable: true }],
    outputs: [{ name: 'score', type: 'float64', nullable: false }],
  },
  features: {
    request: [{ name: 'origin', type: 'string', role: 'key', nullable: false, description: null }],
  },
} as unknown as Release

const changed = (change: object): Release => ({ ...release, number: 3, ...change }) as Release

describe('compatible', () => {
  it('takes equal signatures, and names what callers would notice', () => {
    expect(checkCompatible(release, null).verdict).toBe('pass')
    expect(checkCompatible(changed({}), release).verdict).toBe('pass')
    const request = [{ name: 'airport', type: 'string', role: 'key', nullable: false, description: null }]
    expect(checkCompatible(changed({ features: { request } }), release)).toMatchObject({
      verdict: 'fail',
      finding: expect.stringMatching(/"origin" is gone; input "airport" \(string, key\) is new/),
    })
  })

  it('needs a fallback for every output', () => {
    const outputs = ['score', 'spread'].map(name => ({ name, type: 'float64', nullable: false }))
    expect(checkCompatible(changed({ signature: { inputs: [], outputs } }), null)).toMatchObject({
      verdict: 'fail',
      finding: expect.stringContaining('score, spread'),
    })
  })
})

const contract = (stage: ContractData['stage']): ContractData => ({
  ...{ name: 'fpr_at_most', slices: ['all'], status: 'protected', stage },
  claim: { form: 'atMost', metric: 'fpr', limit: 0.1 },
})
const cell = (change: Partial<ContractCell>): ContractCell =>
  ({
    ...{ contract: 'fpr_at_most', slice: 'all', status: 'protected', verdict: 'pass', reason: null },
    ...{ needed: null, advice: 'It is as it should be.' },
    ...change,
  }) as ContractCell
const judged = (verdict: ContractsReport['verdict'], cells: readonly ContractCell[]): JudgedRelease =>
  ({ contracts: { verdict, cells, judgedOn: 700 }, plan: [], history: [] }) as unknown as JudgedRelease

describe('contracts', () => {
  const offline = { contracts: [contract('offline')] }

  it('has nothing to decide without contracts on held-out rows', () => {
    expect(checkContracts({}, null).verdict).toBe('pass')
    expect(checkContracts({ contracts: [contract('canary')] }, null)).toMatchObject({
      verdict: 'pass',
      finding: expect.stringContaining('1 are decided on live traffic'),
    })
  })

  it('is undecided, and stops the release, where no rows could be judged', () => {
    expect(checkContracts(offline, null)).toMatchObject({ verdict: 'inconclusive', blocks: true })
  })

  it('says the cells that fail, and how many rows would decide the others', () => {
    const worst = cell({ verdict: 'fail', slice: 'origin=ORD', advice: 'It rises by 3 points.' })
    expect(checkContracts(offline, judged('fail', [worst, cell({})]))).toMatchObject({
      verdict: 'fail',
      n: 700,
      margin: '1 of 2 protected cells',
      finding: 'fpr_at_most on origin=ORD: It rises by 3 points.',
    })
    const small = cell({ verdict: 'inconclusive', needed: 120, advice: 'Too few rows.' })
    expect(checkContracts(offline, judged('inconclusive', [small]))).toMatchObject({
      ...{ verdict: 'inconclusive', blocks: true },
      change: expect.stringContaining('120'),
    })
  })

  it('names the cells that no rows of the set can decide, with what would', () => {
    const small = cell({ verdict: 'inconclusive', slice: 'origin=HNL', needed: 120, advice: 'Too few rows.' })
    const planned: PlannedCell = {
      ...{ contract: 'fpr_at_most', slice: 'origin=HNL', status: 'protected', needed: 400, expected: 90 },
      ...{ perDay: 3, basis: 'seen', decidable: false, offers: ['hold out 134 days of rows', 'watch it'] },
    }
    const elsewhere = { ...planned, slice: 'origin=ORD' }
    const change = (plan: readonly PlannedCell[]) =>
      checkContracts(offline, { ...judged('inconclusive', [small]), plan }).change
    expect(change([elsewhere, planned])).toBe(
      'SLICE_TOO_SMALL: fpr_at_most on origin=HNL needs 400 rows, and 90 are to be expected. One of: hold out 134 days of rows; watch it.',
    )
    expect(change([{ ...planned, decidable: true }])).toContain('120')
  })

  it('says what contracts on trial would have done', () => {
    const trial = (change: Partial<ContractCell>) => cell({ status: 'dry-run', ...change })
    const finding = (...cells: readonly ContractCell[]) =>
      checkContracts(offline, judged('pass', [cell({}), ...cells])).finding
    expect(finding()).not.toContain('trial')
    expect(finding(trial({}))).toContain('contracts on trial would pass it')
    expect(finding(trial({}), trial({ verdict: 'inconclusive' }))).toContain('leave it undecided')
    expect(finding(trial({ verdict: 'fail', slice: 'origin=ORD' }))).toContain(
      'contracts on trial would refuse it (fpr_at_most on origin=ORD)',
    )
    expect(finding(trial({ verdict: 'inconclusive', reason: 'no-champion' }))).not.toContain('trial')
  })

  it('is not held up by comparisons of a first release', () => {
    const alone = cell({ verdict: 'inconclusive', reason: 'no-champion' })
    expect(checkContracts(offline, judged('inconclusive', [alone, cell({})]))).toMatchObject({
      verdict: 'pass',
      finding: expect.stringContaining('NO_CHAMPION'),
    })
    const small = cell({ verdict: 'inconclusive', reason: 'too-few', advice: 'Too few rows.' })
    expect(checkContracts(offline, judged('inconclusive', [alone, small])).verdict).toBe('inconclusive')
  })
})

describe('purpose and reasons', () => {
  it('only tells that a purpose is missing', () => {
    expect(checkPurpose({})).toMatchObject({ verdict: 'inconclusive', blocks: false })
  })

  it('fails for an input without a reason', () => {
    const reasons = { reviewedBy: 'ana', version: '1', adverse: 'up', reasons: [] } as const
    expect(checkReasons({}, release).verdict).toBe('pass')
    expect(checkReasons({ reasons }, release)).toMatchObject({
      verdict: 'fail',
      finding: expect.stringContaining('UNMAPPED_FEATURE: distance'),
    })
    const mapped = [{ code: 'far', features: ['distance'], sentence: 'It is far.' }]
    expect(checkReasons({ reasons: { ...reasons, reasons: mapped } }, release).verdict).toBe('pass')
  })
})

const check = (change: Partial<GateCheck>): GateCheck => ({
  ...{ name: 'load', title: 'Load', verdict: 'pass', blocks: true, n: 1, margin: null },
  ...{ finding: 'it <held>', change: null, ms: 5 },
  ...change,
})
const pageOf = (checks: readonly GateCheck[]): VerdictPage => ({
  ...{ schema: 1, deployment: 'late', champion: null, contractSet: null, judged: null, by: 'ana' },
  release: { number: 2, digest: 'sha256:d', model: 'late', version: 2, changed: [] },
  ...{ verdict: verdictOf(checks), summary: summaryOf(checks), checks },
  ...{ at: '2001-05-08T17:00:00.000000Z', expiresAt: '2001-05-15T17:00:00.000000Z' },
})

describe('the page', () => {
  it.each([
    [['pass', 'inconclusive', 'fail'], 'fail', 'GATE_FAILED'],
    [['pass', 'inconclusive'], 'inconclusive', 'CONTRACT_INCONCLUSIVE'],
    [['pass'], 'pass', undefined],
  ] as const)('of %s is %s', (verdicts, wanted, code) => {
    const page = pageOf(verdicts.map(verdict => check({ verdict })))
    expect([page.verdict, refusalOf(page)?.code]).toEqual([wanted, code])
  })

  it('does not let what is only told decide', () => {
    const page = pageOf([check({}), check({ name: 'purpose', verdict: 'fail', blocks: false })])
    expect([page.verdict, page.summary]).toEqual([
      'pass',
      'All 1 deciding checks passed; to be looked at: purpose.',
    ])
  })

  it('is a JUnit suite in which only deciding failures fail', () => {
    const xml = pageJUnit({
      page: pageOf([
        check({ verdict: 'fail' }),
        check({ name: 'purpose', verdict: 'inconclusive', blocks: false }),
      ]),
      judged: null,
    })
    expect(xml).toContain('tests="2" failures="1" errors="0" skipped="1"')
    expect(xml).toContain('<failure message="it &lt;held&gt;">')
  })

  it('holds the cells of the contracts as suites of their own', () => {
    const worst = cell({
      ...{ verdict: 'fail', claim: 'false-positive rate is at most 0.1', metric: 'fpr' },
      ...{ rows: 7, matured: 7, effective: 7, margin: 0.1, pFailHolm: null },
      ...{ champion: 0, challenger: 1, estimate: 1, lower: 1, upper: 1, pPass: 1, pFail: 0 },
    })
    const { contracts, ...rest } = judged('fail', [worst])
    const said = { summary: 'Refused.', stage: 'offline', rowSet: 'sha256:r', setHash: 'sha256:s' } as const
    const report = contracts && { ...contracts, ...said }
    const xml = pageJUnit({ page: pageOf([check({})]), judged: { ...rest, contracts: report } })
    expect(xml).toContain('<testsuite name="contracts, protected" tests="1" failures="1"')
    expect(xml.match(/<testsuite /g)).toHaveLength(2)
  })

  it('is one HTML file in which nothing of others is markup', () => {
    const html = pageHtml({ page: pageOf([check({})]), judged: null })
    expect(html).toContain('it &lt;held&gt;')
    expect(html).not.toContain('<held>')
  })
})
