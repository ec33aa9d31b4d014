import { type Finding, failed, type GateRow, passed } from '../../deployments/index.ts'
import type { ServingPlan } from '../../evaluation/index.ts'
import { isAlive } from '../../kernel/is-alive.ts'
import type { Release } from '../../registry/index.ts'
import { mostFrontRows } from '../../serving/index.ts'
import type { Answer, IsolatedCopy } from './copy.ts'

const restartMillis = 15_000
const deathsToOpen = 3

/** Every kill level, the fallback and the breaker are fired once, in the copy. It is not good for anything afterwards. */
export async function checkSafety(
  copy: IsolatedCopy,
  release: Release,
  {
    rows: [row],
    plan: { kind, place },
  }: { readonly rows: readonly GateRow[]; readonly plan: Pick<ServingPlan, 'kind' | 'place'> },
): Promise<Finding> {
  if (row === undefined) return failed('there is no row to ask', 'Give the model self-test rows.')
  // Calls that a front scores itself do not notice that a child is gone: those that are too large for that do.
  const asked = new Array<GateRow['request']>(place === 'front' ? mostFrontRows + 1 : 1).fill(row.request)
  const ask = () => copy.ask('candidate', asked)
  const wrong: string[] = []
  const expect = (what: string, holds: boolean, { status, code, predictions: [first] }: Answer): void => {
    if (!holds) wrong.push(`${what}: ${status} ${code ?? first?.served_by ?? ''}`.trim())
  }
  await copy.kill('candidate', 'model')
  const off = await ask()
  expect('with the model switched off the fallback does not answer', isFallback(off, release), off)
  await copy.kill('candidate', 'closed')
  const closed = await ask()
  expect('switched off, it still answers', closed.status === 503 && closed.code === 'KILLED', closed)
  await copy.kill('candidate', 'lift')
  const lifted = await ask()
  expect('switched on again, the model does not answer', isByModel(lifted), lifted)
  // Nobody's server is stopped for this.
  const deaths = kind === 'oip' ? 0 : deathsToOpen
  for (let death = 1; death <= deaths; death++) {
    if (!(await killScorer(copy))) {
      wrong.push(`after ${death - 1} deaths no scorer comes back within ${restartMillis / 1000} s`)
      break
    }
    const answer = await ask()
    const holds = isByModel(answer) || isFallback(answer, release)
    expect(`after death ${death} of its scorer nothing answers`, holds, answer)
  }
  const open = deaths > 0 ? await ask() : undefined
  if (open) expect(`after ${deaths} deaths the breaker is not open`, isFallback(open, release), open)
  const n = 4 + deaths
  const fired = `the fallback, ${open ? 'the breaker ' : ''}and both kill levels did what they say, in an isolated copy`
  if (wrong.length === 0)
    return passed(open ? fired : `${fired}; the server that scores was not stopped`, { n })
  return failed(wrong.join('; '), 'Nothing may serve that cannot be switched off: see the log of the step.', {
    n,
  })
}

function isByModel({ status, predictions: [first] }: Answer): boolean {
  return status === 200 && first?.served_by === 'model'
}

/** The constant, or a link of the chain before it, marked degraded, with the action it gives. */
function isFallback(
  { status, predictions: [first] }: Answer,
  { fallback, action, thresholdSet }: Release,
): boolean {
  if (status !== 200 || first === undefined) return false
  const acts =
    action === null ||
    thresholdSet !== undefined ||
    first.score > action.threshold === (first.action !== undefined)
  const isLink =
    first.served_by === 'fallback'
      ? first.score === fallback.score
      : first.served_by !== 'model' && (fallback.before ?? []).length > 0
  return isLink && (first.degraded_reason ?? []).length > 0 && acts
}

/** Kills the scorer that runs, once one does; false when none came back in time. */
async function killScorer(copy: IsolatedCopy): Promise<boolean> {
  const until = Date.now() + restartMillis
  while (Date.now() < until) {
    const pid = (await copy.status('candidate')).scorer?.pids[0]
    if (pid !== undefined && isAlive(pid)) {
      process.kill(pid, 'SIGKILL')
      // The front learns of it by its socket.
      while (Date.now() < until && (await copy.status('candidate')).scorer?.pids[0] === pid) await rest()
      return true
    }
    await rest()
  }
  return false
}

const rest = () => new Promise(resolve => setTimeout(resolve, 20))
