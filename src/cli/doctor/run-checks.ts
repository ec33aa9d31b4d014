import { messageOf } from '../../kernel/message-of.ts'

type Verdict = 'ok' | 'warn' | 'fail' | 'unknown'

export interface Finding {
  /** What was found, with the limit it is held against where there is one. */
  readonly value: string
  readonly verdict: Verdict
  /** What to do when it is not well. */
  readonly fix?: string
}

export interface Check {
  readonly name: string
  run(signal: AbortSignal): Promise<Finding>
}

export interface CheckResult extends Finding {
  readonly name: string
  readonly tookMs: number
}

/** Runs all checks at once; each has `limitMs` of its own, after which it is `unknown`, as is one that throws. */
export function runChecks(checks: readonly Check[], limitMs = 4000): Promise<CheckResult[]> {
  return Promise.all(
    checks.map(async check => {
      const startedAt = performance.now()
      const finding = await limited(check, limitMs)
      return { name: check.name, ...finding, tookMs: Math.round(performance.now() - startedAt) }
    }),
  )
}

async function limited(check: Check, limitMs: number): Promise<Finding> {
  const stop = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Finding>(resolve => {
    timer = setTimeout(() => {
      stop.abort()
      resolve({ value: `no answer in ${limitMs} ms`, verdict: 'unknown' })
    }, limitMs)
  })
  try {
    return await Promise.race([check.run(stop.signal), late])
  } catch (error) {
    return {
      value: `could not be checked: ${messageOf(error)}`,
      verdict: 'unknown',
    }
  } finally {
    clearTimeout(timer)
  }
}
