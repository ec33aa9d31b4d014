import { type Finding, holds } from './claim.ts'

function percent(value: number): string {
  return `${(100 * value).toFixed(value < 0.02 ? 2 : 1)} %`
}

/** Prints a finding: whether it holds, what was measured, the target and the claim. True where it holds. */
function report(finding: Finding): boolean {
  const { claim, target, measured, runs: of } = finding
  const wanted = 'atMost' in target ? `≤ ${percent(target.atMost)}` : `≥ ${percent(target.atLeast)}`
  const basis = of === undefined ? 'exact' : `${of} runs`
  const kept = holds(finding)
  console.log(
    `${kept ? 'holds ' : 'MISSED'}  ${percent(measured).padStart(8)}  ${wanted.padEnd(9)}  ${claim} (${basis})`,
  )
  return kept
}

/** Runs suites one after the other, with their time; a claim that does not hold ends the process with code 1. */
export function reportSuites(suites: readonly (() => readonly Finding[])[]): void {
  let missed = 0
  for (const suite of suites) {
    const from = performance.now()
    for (const finding of suite()) missed += Number(!report(finding))
    console.log(`        ${((performance.now() - from) / 1000).toFixed(1)} s`)
  }
  console.log(missed === 0 ? 'every claim holds' : `${missed} claims do not hold`)
  process.exitCode = missed === 0 ? 0 : 1
}
