import { describe, expect, it } from 'vitest'
import { type Contract, noWorse } from '../../definitions/index.ts'
import { randomFrom } from '../../kernel/statistics/index.ts'
import { judgeContracts } from './judge.ts'
import type { ContractsRequest } from './request.ts'

function judgeTask(
  contracts: readonly Contract[],
  request: Omit<ContractsRequest, 'contracts' | 'choose' | 'stage' | 'basis'>,
) {
  return judgeContracts({
    ...request,
    contracts: contracts.map(each => each.data),
    choose: new Int32Array(0),
    stage: 'offline',
    basis: '',
  })
}

describe('other tasks', () => {
  const random = randomFrom('tasks')
  const count = 400
  const truth = Float64Array.from({ length: count }, () => random.unit())
  const near = (noise: number) => truth.map(each => each + noise * (random.unit() - 0.5))
  const base = {
    rows: { task: 'regression' as const, rows: count, hash: 'sha256:00', labels: truth, columns: {} },
    judge: Int32Array.from({ length: count }, (_, row) => row),
    slices: [],
  }

  it('regression is judged by its errors', () => {
    const contracts = [
      noWorse('mae', { margin: 0.02 }),
      noWorse('rmse', { margin: 0.02 }),
      noWorse('r2', { margin: 0.05 }),
    ]
    const champion = { scores: near(0.2) }
    expect(judgeTask(contracts, { ...base, champion, challenger: { scores: near(0.2) } }).verdict).toBe(
      'pass',
    )
    const report = judgeTask(contracts, { ...base, champion, challenger: { scores: near(0.8) } })
    expect(report.cells.map(cell => cell.verdict)).toEqual(['fail', 'fail', 'fail'])
    expect(report.summary).toMatch(/^Refused: at all /)
  })

  it('multiclass is judged by the probability of the class that was true', () => {
    const labels = Float64Array.from({ length: count }, (_, row) => row % 3)
    const rows = { ...base.rows, task: 'multiclass' as const, labels, classes: ['a', 'b', 'c'] }
    const sure = (p: number) => ({
      scores: new Float64Array(count).fill(p),
      classScores: Float64Array.from({ length: 3 * count }, (_, at) =>
        at % 3 === Math.floor(at / 3) % 3 ? p : (1 - p) / 2,
      ),
    })
    const report = judgeTask([noWorse('log_loss', { margin: 0.05 })], {
      ...base,
      rows,
      champion: sure(0.8),
      challenger: sure(0.6),
    })
    expect(report.cells[0]).toMatchObject({ verdict: 'fail', champion: expect.closeTo(-Math.log(0.8), 12) })
  })
})
