import { contractSuites } from '../../evaluation/index.ts'
import type { GateCheck, JudgedRelease, VerdictPage } from './model.ts'

/** A verdict page with what the rows said. */
export interface JudgedPage {
  readonly page: VerdictPage
  readonly judged: JudgedRelease | null
}

const escapes: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}
const escaped = (text: string): string => text.replace(/[&<>"]/g, sign => escapes[sign] ?? sign)

/**
 * The checks of the gate and the cells of the contracts as JUnit suites: what fails is a failure, what is undecided or only
 * told is skipped.
 */
export function pageJUnit({ page, judged }: JudgedPage): string {
  const { checks, deployment, release, at } = page
  const failures = checks.filter(({ verdict, blocks }) => blocks && verdict === 'fail').length
  const skipped = checks.filter(
    ({ verdict, blocks }) => verdict !== 'pass' && !(blocks && verdict === 'fail'),
  ).length
  const seconds = checks.reduce((sum, { ms }) => sum + ms, 0) / 1000
  const suite = `name="${escaped(`gate of ${deployment} release ${release.number}`)}" tests="${checks.length}" failures="${failures}" errors="0" skipped="${skipped}" time="${seconds}" timestamp="${at.slice(0, 19)}"`
  const contracts = judged?.contracts ? contractSuites(judged.contracts).map(line => `${line}\n`) : []
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n  <testsuite ${suite}>\n${checks.map(testCase(deployment)).join('')}  </testsuite>\n${contracts.join('')}</testsuites>\n`
}

const testCase =
  (deployment: string) =>
  ({ name, verdict, blocks, finding, change, ms }: GateCheck): string => {
    const head = `    <testcase classname="${escaped(`${deployment}.gate`)}" name="${escaped(name)}" time="${ms / 1000}"`
    if (verdict === 'pass') return `${head}/>\n`
    const said = escaped(change === null ? finding : `${finding} ${change}`)
    const outcome =
      verdict === 'fail' && blocks
        ? `<failure message="${escaped(finding)}">${said}</failure>`
        : `<skipped message="${said}"/>`
    return `${head}>${outcome}</testcase>\n`
  }

/** The page as one HTML file without anything around it: checks, and the worst cells of the contracts. */
export function pageHtml({ page, judged }: JudgedPage): string {
  const { deployment, release, champion, verdict, summary, at, expiresAt, by } = page
  const title = `${deployment} release ${release.number}: ${verdict}`
  const facts: readonly (readonly [string, string])[] = [
    ['Model', `${release.model} version ${release.version}`],
    ['Digest', release.digest],
    [
      'Compared with',
      champion ? `release ${champion.number}, version ${champion.version}` : 'nothing: the first release',
    ],
    ['Changed', release.changed.join(', ') || '–'],
    ['Verified', `${at} by ${by}; good until ${expiresAt}`],
  ]
  const cells = (judged?.contracts?.cells ?? []).slice(0, shownCells)
  return [
    `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>${escaped(title)}</title><style>${style}</style></head><body>`,
    `<h1>${escaped(title)}</h1><p>${escaped(summary)}</p>`,
    `<dl>${facts.map(([name, value]) => `<dt>${name}</dt><dd>${escaped(value)}</dd>`).join('')}</dl>`,
    table(
      ['Check', 'Verdict', 'n', 'Margin', 'Finding', 'What would change it'],
      page.checks.map(each => [
        each.title,
        each.blocks ? each.verdict : `${each.verdict} (told)`,
        each.n === null ? '–' : String(each.n),
        each.margin ?? '–',
        each.finding,
        each.change ?? '–',
      ]),
    ),
    ...(cells.length === 0 ? [] : [`<h2>Contracts, worst first</h2>`, contractTable(cells)]),
    '</body></html>\n',
  ].join('\n')
}

const shownCells = 500
const style =
  'body{font:14px/1.5 system-ui,sans-serif;margin:2rem;max-width:80rem}table{border-collapse:collapse;width:100%}th,td{border-bottom:1px solid #ccc;padding:.3rem .6rem;text-align:left;vertical-align:top}dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dd{margin:0}'

function contractTable(cells: NonNullable<JudgedRelease['contracts']>['cells']): string {
  return table(
    ['Contract', 'Slice', 'Status', 'Verdict', 'Matured rows', 'Estimate', 'Margin', 'What to do'],
    cells.map(each => [
      each.claim,
      each.slice,
      each.status,
      each.verdict,
      String(each.matured),
      typeof each.estimate === 'number'
        ? String(Number(each.estimate.toPrecision(4)))
        : each.estimate.undefined,
      each.margin === null ? '–' : String(each.margin),
      each.advice,
    ]),
  )
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const row = (cells: readonly string[], tag: string) =>
    `<tr>${cells.map(cell => `<${tag}>${escaped(cell)}</${tag}>`).join('')}</tr>`
  return `<table><thead>${row(heads, 'th')}</thead><tbody>${rows.map(each => row(each, 'td')).join('')}</tbody></table>`
}
