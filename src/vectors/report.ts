import type { PlayedFile } from './play-folder.ts'

export interface Totals {
  passed: number
  failed: number
  notImplemented: number
}

/** One line per file, then one per case that did not pass; equal reasons for not being implemented share a line. */
export function fileLines({ path, kind, cases }: PlayedFile, totals: Totals): string[] {
  const lines: string[] = []
  const missing = new Map<string, string[]>()
  let passed = 0
  for (const { name, outcome } of cases) {
    if (outcome.state === 'passed') passed += 1
    else if (outcome.state === 'failed') lines.push(`  failed           ${name}: ${outcome.difference}`)
    else missing.set(outcome.what, [...(missing.get(outcome.what) ?? []), name])
  }
  const failed = lines.length
  for (const [what, names] of missing)
    lines.push(`  not implemented  ${what}: ${names.length} (${shortened(names)})`)
  totals.passed += passed
  totals.failed += failed
  totals.notImplemented += cases.length - passed - failed
  return [
    `${path} (${kind}): ${passed} passed, ${failed} failed, ${cases.length - passed - failed} not yet implemented`,
    ...lines,
  ]
}

function shortened(names: readonly string[]): string {
  return names.length <= 4 ? names.join(', ') : `${names.slice(0, 3).join(', ')}, …`
}

export function totalLine({ passed, failed, notImplemented }: Totals): string {
  return `total: ${passed} passed, ${failed} failed, ${notImplemented} not yet implemented`
}
