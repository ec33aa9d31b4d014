import { describe, expect, it } from 'vitest'
import type { ContractCellView } from '../../../api/judged.ts'
import { claimsText, domainsOf, forbiddenOf, limitText, seenBounds, seenText } from './contract-cells.ts'

const cell = (rest: Partial<ContractCellView>) =>
  ({
    ...{ contract: 'c', metric: 'recall', slice: 'all', form: 'noWorse', margin: 0.03 },
    ...{ estimate: 0.01, lower: -0.01, upper: 0.02 },
    ...rest,
  }) as ContractCellView

describe('what a cell allows', () => {
  it('shades what lies beyond the margin, on the side of harm', () => {
    expect(forbiddenOf(cell({}), [-0.1, 0.1])).toEqual([[0.03, 0.1]])
    expect(forbiddenOf(cell({ form: 'better', margin: 0.02 }), [-0.1, 0.1])).toEqual([[-0.02, 0.1]])
    expect(forbiddenOf(cell({ form: 'within' }), [-0.1, 0.1])).toEqual([
      [-0.1, -0.03],
      [0.03, 0.1],
    ])
    // Worse is to the right: the domain of a floor runs down.
    expect(forbiddenOf(cell({ form: 'atLeast', margin: 0.4 }), [0.9, 0.1])).toEqual([[0.1, 0.4]])
    expect(forbiddenOf(cell({ margin: null }), [0, 1])).toEqual([])
  })

  it('draws the cells of a contract on one scale that holds every estimate and the margin', () => {
    const cells = [cell({}), cell({ slice: 'origin=SEA', estimate: 0.2, lower: 0.15, upper: 0.9 })]
    const [from, to] = domainsOf(cells)(cell({}))
    expect(from).toBeLessThan(-0.01)
    expect(to).toBeGreaterThan(0.2)
    expect(domainsOf(cells)(cells[1] ?? cell({}))).toEqual([from, to])
    const [high, low] = domainsOf([cell({ form: 'atLeast', margin: 0.4, lower: 0.3, upper: 0.6 })])(
      cell({ form: 'atLeast', margin: 0.4 }),
    )
    expect(high).toBeGreaterThan(low)
  })
})

describe('words of a cell', () => {
  const show = (value: number) => String(value)
  it('say which way it moved, and how far it may have', () => {
    expect(seenText(cell({}), show)).toBe('0.01 worse')
    expect(seenBounds(cell({}), show)).toBe('0.01 better to 0.02 worse')
    expect(seenBounds(cell({ lower: -0.04, upper: -0.02 }), show)).toBe('0.02 to 0.04 better')
    expect(seenText(cell({ form: 'atMost', estimate: 0.12 }), show)).toBe('0.12')
    expect(limitText(cell({ form: 'better' }), show)).toBe('better by at least 0.03')
    expect(limitText(cell({ margin: null }), show)).toBe('no margin could be resolved')
  })
  it('call neither way better where nothing may move', () => {
    const moved = cell({
      form: 'within',
      estimate: -0.07,
      lower: -0.08,
      upper: -0.06,
      champion: 0.1,
      challenger: 0.03,
    })
    expect(seenText(moved, show)).toBe('0.07 down')
    expect(seenBounds(moved, show)).toBe('0.06 to 0.08 down')
    // In harm units recall that rises is negative.
    expect(seenText(cell({ form: 'within', estimate: -0.07, champion: 0.3, challenger: 0.37 }), show)).toBe(
      '0.07 up',
    )
  })
  it('say margins that were resolved for each slice in one claim', () => {
    const claim = (by: number) => cell({ claim: `recall may not fall by more than ${by}` })
    expect(claimsText([claim(0.04), claim(0.03), claim(0.05)])).toBe(
      'recall may not fall by more than 0.03 … 0.05',
    )
    expect(claimsText([claim(0.04), claim(0.04)])).toBe('recall may not fall by more than 0.04')
  })
  it('are none where nothing was measured', () => {
    const unmeasured = { undefined: 'no-positives' }
    expect(seenText(cell({ estimate: unmeasured }), show)).toBe('')
    expect(seenBounds(cell({ lower: unmeasured }), show)).toBe('')
  })
})
