import { describe, expect, it } from 'vitest'
import { differential } from './differential.ts'

describe('the same requests to MLflow and to Fettle', () => {
  it('are answered alike, but for what is meant to differ', async () => {
    const { played, defects } = await differential({ seed: 7, size: 30 })
    expect(
      defects.map(({ scenario, step, said }) => [scenario, step.call, step.json ?? step.query, said]),
    ).toEqual([])
    expect(played).toBeGreaterThan(600)
  }, 300_000)
})
