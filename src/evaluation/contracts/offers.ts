import { sufficientMargin } from '../../kernel/statistics/index.ts'
import type { TestPlan } from './plan.ts'
import { atLeastCounted, leastRows, rowsFor } from './planned-rows.ts'
import { counted, shown } from './words.ts'

/** A window longer than this is no offer. */
const longestDays = 365

/** What would make a cell decidable, computed; empty where it is. `whole` is the same test on all rows. */
export function offersFor(plan: TestPlan, whole: TestPlan | undefined): readonly string[] {
  if (plan.broken)
    return [
      `what is assumed already breaks it: say what is expected, .assuming({ ${plan.test.kind === 'absolute' ? 'rate' : 'harm'} })`,
    ]
  if (plan.test.form === 'better' && plan.basis.harm === undefined && plan.needed === null)
    return ['say which gain is expected, .assuming({ harm: -0.02 }), to see how many rows prove it']
  if (plan.decidable !== false || plan.needed === null) return []
  const watching = plan.contract.status === 'watched' ? [] : ['watch it: .watched()']
  const assuming =
    plan.rests === 'independent' && plan.test.kind === 'difference'
      ? ['say how often releases differ here: .assuming({ disagreement: 0.05 })']
      : []
  return [...parent(whole), ...window(plan), ...margin(plan), ...assuming, ...watching]
}

function parent(whole: TestPlan | undefined): readonly string[] {
  if (!whole?.decidable || whole.expected === null) return []
  return [`put it on all, which yields ${counted(whole.expected)} rows`]
}

function window({ contract, needed, perDay }: TestPlan): readonly string[] {
  if (perDay === null || perDay <= 0 || needed === null) return []
  const days = Math.ceil(needed / perDay)
  if (days > longestDays) return []
  return [
    contract.stage === 'offline'
      ? `hold out ${days} days of rows`
      : `a window of ${days}d: .window('${days}d')`,
  ]
}

/** The nearest margin or limit that the rows of the window can decide, rounded to the safe side. */
function margin({ test, basis, expected, looks }: TestPlan): readonly string[] {
  const available = (expected ?? 0) / 2 ** (looks - 1)
  if (test.kind === 'fair' || test.form === 'better' || available < atLeastCounted(0, test, basis)) return []
  const mirrored = test.form === 'atLeast'
  const at = (bound: number): number => (mirrored ? 1 - bound : bound)
  const found = sufficientMargin(
    available,
    bound => {
      const assumed = { ...basis, bound: at(bound) }
      return rowsFor(test, assumed) ?? leastRows(test, assumed) ?? { undefined: 'not-counted' }
    },
    { least: at(basis.bound), widest: test.kind === 'absolute' ? 1 - 1e-6 : 1 },
  )
  if (found === null) return []
  const digits = 10 ** (2 - Math.floor(Math.log10(found)))
  const safe = at(Math.ceil(found * digits) / digits)
  return safe > 0 && safe < 1 ? [`a ${test.kind === 'absolute' ? 'limit' : 'margin'} of ${shown(safe)}`] : []
}
