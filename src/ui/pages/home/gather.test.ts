import { describe, expect, it } from 'vitest'
import { gather, principalText } from './gather.ts'

const item = (title: string, at: number) => ({
  severity: 'info' as const,
  title,
  detail: 'by step:prn_01a1fdcfd32c7000ab9b487068e793ef/register',
  href: '/runs',
  at: `2024-01-01T00:00:0${at}Z`,
})

describe('the feed', () => {
  it('counts neighbours that say the same, and no others', () => {
    const logged = 'Experiment run logged: run_01a1fdd07cdf70008eae90a9bacd1b15'
    const rows = gather([item(logged, 5), item(logged, 4), item('Model created: late', 3), item(logged, 2)])
    expect(rows.map(row => row.title)).toEqual([
      'Experiment run logged: run_…bacd1b15, 2 times',
      'Model created: late',
      'Experiment run logged: run_…bacd1b15',
    ])
    expect(rows[0]?.at).toBe('2024-01-01T00:00:05Z')
  })
  it('says who did it in words', () => {
    expect(principalText('by step:prn_01a1fdcfd32c7000ab9b487068e793ef/register')).toBe(
      'by step register of run prn_…68e793ef',
    )
    expect(principalText('by local')).toBe('by local')
  })
})
