import { describe, expect, it } from 'vitest'
import { judgeLoad, loadPlan } from './load.ts'

const burst = (latency: number, cpuMillis: number | null = 1, errors: readonly string[] = []) => ({
  latencies: Array.from({ length: 40 }, () => latency),
  errors,
  cpuMillis,
})
const rounds = (latency: number, cpuMillis: number | null = 1) =>
  Array.from({ length: 5 }, () => burst(latency, cpuMillis))

describe('the load of a candidate beside the champion', () => {
  it('passes within the ratios, and within what nobody notices', () => {
    expect(judgeLoad(rounds(24), rounds(20)).verdict).toBe('pass')
    expect(judgeLoad(rounds(4), rounds(1))).toMatchObject({
      verdict: 'pass',
      margin: 'p99 ×4.00 of 1.25, CPU ×1.00 of 1.5',
    })
  })

  it('fails when it is slower in every round, and is undecided when only in some', () => {
    expect(judgeLoad(rounds(40), rounds(20)).verdict).toBe('fail')
    const uneven = [...rounds(20).slice(0, 4), burst(60)]
    expect(judgeLoad(uneven, rounds(20))).toMatchObject({ verdict: 'inconclusive', blocks: false })
  })

  it('is undecided on a machine whose own noise is as large, unless every median is slower', () => {
    const noisy = [20, 80, 30, 60, 25].map(each => burst(each))
    const tail = [...noisy].map(({ latencies, ...rest }) => ({
      ...rest,
      latencies: latencies.map((each, i) => (i > 37 ? 2 * each : each)),
    }))
    expect(judgeLoad(tail, noisy)).toMatchObject({ verdict: 'inconclusive', blocks: false })
    const slower = noisy.map(({ latencies, ...rest }) => ({
      ...rest,
      latencies: latencies.map(each => 2 * each),
    }))
    expect(judgeLoad(slower, noisy).verdict).toBe('fail')
  })

  it('fails when it takes more of the processor, where that is measured', () => {
    expect(judgeLoad(rounds(20, 9), rounds(20, 3)).verdict).toBe('fail')
    expect(judgeLoad(rounds(20, null), rounds(20, null))).toMatchObject({
      verdict: 'pass',
      finding: expect.stringContaining('CPU not measured'),
    })
  })

  it('fails for any error, unless the champion has them too', () => {
    const failing = [burst(20, 1, ['504 DEADLINE']), ...rounds(20).slice(1)]
    expect(judgeLoad(failing, rounds(20))).toMatchObject({
      verdict: 'fail',
      finding: expect.stringContaining('504 DEADLINE'),
    })
    expect(judgeLoad(failing, failing)).toMatchObject({ verdict: 'inconclusive', blocks: false })
  })

  it('judges a first release by its errors alone', () => {
    expect(judgeLoad(rounds(400), []).verdict).toBe('pass')
  })

  it('rises from the logged rate to the busiest minute, within what can be measured', () => {
    expect(loadPlan(null, null).rates).toEqual([200, 200, 400, 400, 400])
    expect(loadPlan(210, 480).rates).toEqual([210, 210, 420, 420, 480])
    expect(loadPlan(10_000, 50_000).rates).toEqual([500, 500, 500, 500, 500])
  })
})
