import { describe, expect, it } from 'vitest'
import { contractRows, placeNames } from '../../../test/support/contract-rows.ts'
import { atMost, byColumn, noWorse } from '../../definitions/index.ts'
import { judgeContracts } from './judge.ts'
import { contractSuites } from './junit.ts'
import { contractsToText } from './text.ts'

const world = contractRows({ seed: 'render', rows: 12_000, places: 6, broken: { place: 2, misses: 0.4 } })
const report = judgeContracts({
  ...world,
  slices: [byColumn('place', [...placeNames(6), 'nowhere & "else" <\u0007>'])],
  contracts: [
    noWorse('recall', { margin: 0.05 }).on('place'),
    noWorse('recall', { margin: 0.01 }).named('strict').on('place').watched(),
    noWorse('fpr', { margin: 0.05 }),
    atMost('fpr', 0.01).named('new').dryRun(5),
  ].map(each => each.data),
})

/** Names of all elements, after checking that each is closed in turn and that attributes are quoted and escaped. */
function elementsOf(xml: string): readonly string[] {
  const open: string[] = []
  const names: string[] = []
  const body = xml.replace(/^<\?xml version="1\.0" encoding="UTF-8"\?>\n/, '')
  const tags = /<(\/?)([a-z]+)((?: [a-z_]+="[^"<>]*")*)(\/?)>|([^<]+)/gy
  for (let at = 0; at < body.length; at = tags.lastIndex) {
    const found = tags.exec(body)
    if (!found) throw new Error(`no XML from ${body.slice(at, at + 80)}`)
    const [, closing, name = '', , empty, text = ''] = found
    expect(text.replace(/&(amp|lt|gt|quot|#\d+);/g, '')).not.toMatch(/[&>]/)
    if (name === '') continue
    if (closing) expect(open.pop()).toBe(name)
    else {
      names.push(name)
      if (!empty) open.push(name)
    }
  }
  expect(open).toEqual([])
  return names
}

describe('JUnit', () => {
  const xml = ['<testsuites>', ...contractSuites(report), '</testsuites>', ''].join('\n')
  const count = (name: string) => elementsOf(xml).filter(each => each === name).length

  it('is well formed whatever the slices are called', () => {
    expect(count('testcase')).toBe(report.cells.length)
    expect(xml).toContain('place=nowhere &amp; &quot;else&quot; &lt;\ufffd&gt;')
  })

  it('fails what breaks a protected contract, and skips what is undecided, watched or on trial', () => {
    expect(xml).toMatch(
      /<testsuite name="contracts, protected" tests="\d+" failures="1" errors="0" skipped="1">/,
    )
    expect(count('failure')).toBe(1)
    expect(xml).toMatch(/<failure type="contract" message="recall may not fall by more than 0\.05">/)
    expect(xml).toContain('<skipped message="undecided, no-positives:')
    expect(xml).toContain('<skipped message="watched, would break:')
    expect(xml).toContain('<skipped message="on trial, would break:')
    expect(count('testsuite')).toBe(3)
  })

  it('carries the numbers', () => {
    const cell = report.cells[0]
    expect(xml).toContain(`<property name="n" value="${cell?.rows}"/>`)
    expect(xml).toContain('<property name="margin" value="0.05"/>')
    expect(xml).toContain('<property name="estimate" value="undefined(no-positives)"/>')
  })
})

describe('text', () => {
  const text = contractsToText(report)

  it('begins with the sentence that decides and says what to do about what breaks', () => {
    expect(text.split('\n')[0]).toBe(report.summary)
    const breaks = text.slice(text.indexOf('Breaks'))
    expect(breaks).toMatch(
      /place=p2: recall may not fall by more than 0\.05\n {4}Recall fell by .*\n {4}[\d ]+ rows/,
    )
    expect(text).toContain('Undecided\n  place=nowhere')
    expect(text).toContain('(on trial)')
    expect(text).toMatch(
      /Holds\n(.*\n)* {2}fpr_no_worse: false-positive rate may not rise by more than 0\.05 at all/,
    )
    expect(text).toMatch(/Judged on 12 000 rows; none chose anything\. Simulated rows\.\n/)
  })

  it('says once that a first release has nothing to be compared with', () => {
    const first = judgeContracts({
      ...{ ...world, champion: null },
      slices: [byColumn('place', placeNames(6))],
      contracts: [
        atMost('fpr', 0.2),
        noWorse('recall', { margin: 0.05 }).on('place'),
        noWorse('fpr', { margin: 0.05 }).named('tried').on('place').dryRun(2),
      ].map(each => each.data),
    })
    const lines = contractsToText(first).split('\n')
    expect(lines.slice(0, 2)).toEqual([
      'Passed: the one check holds.',
      'There is no champion yet to compare with: 2 contracts on 12 cells decide from the next release on.',
    ])
    expect(lines.filter(line => line.includes('place='))).toEqual([])
    expect(lines.length).toBeLessThan(10)
  })

  it('tells ten of a kind and how many more there are', () => {
    const [cell] = report.cells
    if (!cell) throw new Error('no cells')
    const many = { ...report, cells: Array.from({ length: 13 }, () => cell) }
    expect(contractsToText(many)).toContain('… and 3 more')
  })
})
