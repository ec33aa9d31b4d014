import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { main } from '../../src/cli/main.ts'
import { randomFrom } from '../../src/kernel/statistics/index.ts'
import { fakeIo } from '../support/fake-io.ts'

const folder = mkdtempSync(join(tmpdir(), 'fettle-cli-evaluate-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = (name: string) => join(folder, name)

interface Row {
  readonly id: string
  readonly late: boolean | null
  readonly score: number | string | null
  readonly old: number
  readonly segment: string
  readonly sex: string | null
}

const random = randomFrom('evaluate.test')
const rows: readonly Row[] = Array.from({ length: 600 }, (_, row) => {
  const score = random.unit()
  return {
    ...{ id: `r${row}`, score, old: (score + random.unit()) / 2 },
    late: random.unit() < score,
    segment: row % 3 === 0 ? 'small' : 'large',
    sex: ['f', 'm', null][row % 3] ?? null,
  }
})

function table(name: string, change: (row: Row, index: number) => Partial<Row> = () => ({})): string {
  const lines = rows.map((row, index) => JSON.stringify({ ...row, ...change(row, index) }))
  writeFileSync(at(name), `${lines.join('\n')}\n`)
  return at(name)
}

function contracts(name: string, value: unknown): string {
  writeFileSync(at(name), JSON.stringify(value))
  return at(name)
}

async function evaluate(...argv: string[]) {
  const io = fakeIo()
  const code = await main(['evaluate', ...argv, '--json'], io, '1.2.3')
  const text = io.written.out || io.written.err
  expect(text).not.toMatch(/\n\s+at /)
  return { code, said: JSON.parse(text) }
}

const good = table('good.jsonl')
const judged = ['--label', 'late', '--score', 'score', '--threshold', '0.5']
const metricsOf = (said: { report: { all: { metrics: Record<string, unknown> } } }) => said.report.all.metrics

describe('what a table cannot say is undefined with its reason', () => {
  it('one class only', async () => {
    const { code, said } = await evaluate(
      table('one-class.jsonl', () => ({ late: false })),
      ...judged,
    )
    expect(code).toBe(0)
    expect(metricsOf(said)).toMatchObject({
      recall: { undefined: 'no-positives' },
      roc_auc: { undefined: 'no-positives' },
    })
    expect(metricsOf(said)['fpr']).toBeGreaterThan(0)
  })

  it('constant scores', async () => {
    const { said } = await evaluate(
      table('constant.jsonl', () => ({ score: 0.25 })),
      ...judged,
    )
    expect(metricsOf(said)).toMatchObject({
      roc_auc: 0.5,
      precision: { undefined: 'no-predicted-positives' },
    })
    expect(said.report.all.intervals.roc_auc).toEqual({ undefined: 'no-spread' })
  })

  it('labels that have not come are counted apart, and rates of selection need none', async () => {
    const half = table('half.jsonl', (row, index) => (index % 2 === 0 ? { late: null } : row))
    expect((await evaluate(half, ...judged)).said.report.coverage).toMatchObject({
      matured: 300,
      immature: 300,
    })
    const { code, said } = await evaluate(good, '--score', 'score', '--threshold', '0.5', '--fairness', 'sex')
    expect(code).toBe(0)
    expect(metricsOf(said)).toMatchObject({ recall: { undefined: 'no-positives' } })
    const [sex] = said.fairness.columns
    const groups = sex.groups.map(({ group }: { group: string }) => group)
    expect(groups.toSorted()).toEqual(['(missing)', 'f', 'm'])
    for (const { metrics } of sex.groups) {
      expect(metrics.selection_rate.value).toBeGreaterThan(0)
      expect(metrics.tpr.value).toHaveProperty('undefined')
    }
  })
})

describe('what cannot be judged is refused with what to do', () => {
  const refused = async (code: string, ...argv: string[]) => {
    const { code: exit, said } = await evaluate(...argv)
    expect(exit).not.toBe(0)
    expect(said.error).toMatchObject({ code })
    expect(said.error.hint.length).toBeGreaterThan(10)
    return said.error
  }

  it('scores that are no numbers, by row', async () => {
    const nan = table('nan.jsonl', (_, index) => (index === 3 || index === 7 ? { score: null } : {}))
    expect((await refused('NOT_A_NUMBER', nan, ...judged)).details.rows).toEqual([3, 7])
    const texts = table('texts.jsonl', () => ({ score: 'high' }))
    await refused('TYPE_MISMATCH', texts, ...judged)
  })

  it('ids that repeat or differ, by id', async () => {
    const paired = (file: string) => ['--against', file, '--id', 'id']
    const twice = table('twice.jsonl', (_, index) => (index === 1 ? { id: 'r0' } : {}))
    expect((await refused('DUPLICATE_IDS', good, ...judged, ...paired(twice))).message).toContain('r0')
    const other = table('other.jsonl', (_, index) => (index === 1 ? { id: 'new' } : {}))
    expect((await refused('MISSING_PAIRS', good, ...judged, ...paired(other))).message).toContain('r1, new')
  })

  it('columns and files that are not there, with the nearest', async () => {
    expect((await refused('COLUMN_MISSING', good, ...judged, '--slice', 'segmnt')).hint).toContain('segment')
    await refused('COLUMN_MISSING', good, ...judged, '--fairness', 'gender')
    expect((await refused('COLUMN_MISSING', good, ...judged, '--slice', 'month')).hint).toContain('time')
    await refused('SOURCE_UNREADABLE', at('none.csv'), ...judged)
    writeFileSync(at('empty.csv'), 'late,score\n')
    await refused('NO_ROWS_LEFT', at('empty.csv'), ...judged)
    writeFileSync(at('broken.parquet'), 'PAR1')
    await refused('SOURCE_BAD_VALUE', at('broken.parquet'), ...judged)
  })

  it('what was not said', async () => {
    await refused('USAGE', good)
    await refused('USAGE', good, '--label', 'late')
    await refused('USAGE', 'late@3', ...judged)
    await refused('USAGE', good, ...judged, '--junit', at('x.xml'))
    await refused('USAGE', good, ...judged, '--keep')
    await refused('USAGE', good, ...judged, '--out', at('x.pdf'))
  })

  it('writes nothing then, and leaves what was there', async () => {
    writeFileSync(at('report.html'), 'former')
    await refused('DUPLICATE_IDS', at('twice.jsonl'), ...judged, '--id', 'id', '--out', at('report.html'))
    expect(readFileSync(at('report.html'), 'utf8')).toBe('former')
    await refused('USAGE', good, ...judged, '--out', at('report.html'), '--out', at('none/report.json'))
    expect(readFileSync(at('report.html'), 'utf8')).toBe('former')
    expect(readdirSync(folder).filter(name => name.endsWith('.new'))).toEqual([])
  })
})

describe('contracts on two columns', () => {
  const claim = (limit: number) => ({ form: 'atMost', metric: 'fpr', limit })
  const slices = [{ name: 'segment', of: { kind: 'column', column: 'segment', values: ['small', 'none'] } }]
  const judge = (value: unknown, ...more: string[]) =>
    evaluate(good, ...judged, '--against', 'old', '--contracts', contracts('contracts.json', value), ...more)

  it('exit with the verdict, and write it for a CI', async () => {
    const passed = await judge({ contracts: [{ name: 'fpr', claim: claim(0.9) }] })
    expect([passed.code, passed.said.contracts.verdict]).toEqual([0, 'pass'])
    const files = ['--junit', at('contracts.xml'), '--out', at('contracts.html')]
    const failed = await judge({ contracts: [{ name: 'fpr', claim: claim(0.01) }] }, ...files)
    expect([failed.code, failed.said.contracts.verdict]).toEqual([3, 'fail'])
    expect(readFileSync(at('contracts.xml'), 'utf8')).toMatch(/<testsuites>.*failures="1".*<failure/s)
    expect(readFileSync(at('contracts.html'), 'utf8')).toContain('Contracts')
    const watched = await judge({ contracts: [{ name: 'fpr', claim: claim(0.01), status: 'watched' }] })
    expect(watched.code).toBe(0)
  })

  it('are undecided where there are no rows, no negatives, no labels, no actions', async () => {
    const value = { slices, contracts: [{ name: 'fpr', claim: claim(0.9), slices: ['segment'] }] }
    const reasons = async (file: string, ...options: string[]) => {
      const { code, said } = await evaluate(
        ...[file, '--score', 'score', '--contracts', contracts('contracts.json', value)],
        ...options,
      )
      expect(code).toBe(6)
      const cells: readonly { slice: string; reason: string | null }[] = said.contracts.cells
      return Object.fromEntries(cells.map(({ slice, reason }) => [slice, reason]))
    }
    const labelled = ['--label', 'late', '--threshold', '0.5']
    expect(await reasons(good, ...labelled)).toMatchObject({ 'segment=none': 'no-negatives' })
    const positive = table('positive.jsonl', ({ segment }) => (segment === 'small' ? { late: true } : {}))
    expect(await reasons(positive, ...labelled)).toMatchObject({ 'segment=small': 'no-negatives' })
    expect(await reasons(good, '--threshold', '0.5')).toMatchObject({ 'segment=small': 'labels-immature' })
    expect(Object.values(await reasons(good, '--label', 'late'))).not.toContain(null)
  })

  it('are refused when they name what is not there, or contradict each other', async () => {
    const problems = async (value: unknown) => {
      const { code, said } = await judge(value)
      expect(code).toBe(1)
      expect(said.error.code).toBe('DEFINITIONS_INVALID')
      return said.error.details.problems.map((problem: { code: string }) => problem.code)
    }
    const on = (names: unknown) => ({ contracts: [{ name: 'a', claim: claim(0.1), slices: names }] })
    expect(await problems(on(['segmnt']))).toEqual(['UNKNOWN_SLICE'])
    expect(await problems(on('all'))).toEqual(['DEFINITIONS_INVALID'])
    const both = [
      { name: 'a', claim: claim(0.1) },
      { name: 'b', claim: { form: 'atLeast', metric: 'fpr', limit: 0.2 } },
    ]
    expect(await problems({ contracts: both })).toEqual(['CONTRADICTORY_CONTRACTS'])
    for (const value of [null, 1, [], {}, { contracts: [null] }, { contracts: [{ name: 'a', claim: 'x' }] }])
      expect((await problems(value)).length).toBeGreaterThan(0)
    const sliced = (of: unknown) => ({ ...on(['s']), slices: [{ name: 's', of }] })
    for (const of of [
      undefined,
      { kind: 'x' },
      { kind: 'cross', first: {} },
      { kind: 'predicate', where: [1] },
    ])
      expect(await problems(sliced(of))).toContain('DEFINITIONS_INVALID')
  })
})
