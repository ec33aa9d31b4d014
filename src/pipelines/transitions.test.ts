import { expect, test } from 'vitest'
import {
  attemptTransitions,
  move,
  resumeTransitions,
  runTransitions,
  stepTransitions,
} from './transitions.ts'

const tables = { run: runTransitions, step: stepTransitions, attempt: attemptTransitions }

test.each(Object.entries(tables))(
  '%s: every pair of states is either a row of the table or refused',
  (_name, table) => {
    const states = Object.keys(table)
    let allowed = 0
    for (const from of states) {
      for (const to of states) {
        const row: readonly string[] = table[from as never]
        if (row.includes(to)) {
          expect(move(table as never, from, to)).toBe(to)
          allowed++
        } else expect(() => move(table as never, from, to)).toThrow(/No transition/)
      }
    }
    expect(allowed).toBe(Object.values(table).flat().length)
  },
)

test.each(Object.entries(tables))(
  '%s: every state leads to an end, and every state but the first is reached',
  (_name, table) => {
    const rows = table as Readonly<Record<string, readonly string[]>>
    const ends = (from: string, seen: readonly string[]): boolean =>
      rows[from]?.length === 0 || (rows[from] ?? []).some(to => !seen.includes(to) && ends(to, [...seen, to]))
    for (const state of Object.keys(rows)) expect(ends(state, [state]), state).toBe(true)
    const [first, ...others] = Object.keys(rows)
    const targets = new Set(Object.values(rows).flat())
    expect(others.filter(state => !targets.has(state))).toEqual([])
    expect(first).toBeDefined()
  },
)

test('a resume leaves final states only, and never a success', () => {
  expect(Object.keys(resumeTransitions.run).map(state => runTransitions[state as never])).toEqual([[], []])
  expect(Object.keys(resumeTransitions.step)).not.toContain('succeeded')
  expect(Object.keys(resumeTransitions.step).map(state => stepTransitions[state as never])).toEqual([
    [],
    [],
    [],
  ])
})
