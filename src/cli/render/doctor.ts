import type { CheckResult } from '../doctor/run-checks.ts'
import type { Paint } from '../io.ts'

/** One line a check, and what to do under each that is not well. */
export function renderChecks(results: readonly CheckResult[], paint: Paint): string {
  const width = Math.max(...results.map(({ name }) => name.length))
  const color = { ok: paint.green, warn: paint.yellow, fail: paint.red, unknown: paint.dim }
  const lines = results.flatMap(({ name, verdict, value, fix }) => [
    `${color[verdict](verdict.padEnd(7))}  ${name.padEnd(width)}  ${value}`,
    ...(verdict === 'ok' || fix === undefined ? [] : [`${''.padEnd(11 + width)}${fix}`]),
  ])
  return `${lines.join('\n')}\n${summary(results)}\n`
}

function summary(results: readonly CheckResult[]): string {
  const failed = results.filter(({ verdict }) => verdict === 'fail').length
  const doubtful = results.filter(({ verdict }) => verdict === 'warn' || verdict === 'unknown').length
  if (failed > 0) return `${failed} of ${results.length} checks failed.`
  return doubtful > 0
    ? `Nothing failed; ${doubtful} of ${results.length} checks ${doubtful === 1 ? 'wants' : 'want'} a look.`
    : `All ${results.length} checks are well.`
}
