import { isDefined, type Quantity, ratio, undefinedBecause } from '../../kernel/statistics/index.ts'
import type { GuardReading, HarmCell, StageEvidence } from '../evidence/model.ts'
import type { RolloutsDependencies } from './dependencies.ts'
import type { StoredLook } from './model.ts'
import { rolloutBy } from './move.ts'
import { readLog } from './write-log.ts'

/** One look as a chart over time needs it. Shares are of the pairs, on which both scored the same row. */
export interface LookPoint {
  readonly id: string
  readonly at: string
  readonly stage: StageEvidence['stage']
  /** Share of the answers that have a pair. */
  readonly coverage: Quantity
  /** Share of the pairs on which both do the same. */
  readonly agreement: Quantity
  readonly actionRate: { readonly champion: Quantity; readonly challenger: Quantity }
  readonly psi: Quantity
  readonly guards: readonly Pick<GuardReading, 'guard' | 'champion' | 'challenger' | 'state'>[]
  readonly harm: readonly Pick<
    HarmCell,
    'contract' | 'slice' | 'metric' | 'status' | 'n' | 'estimate' | 'margin' | 'interval' | 'harmed'
  >[]
}

/** As many as a chart can show, and cells as many as a page. */
const mostLooks = 80
const mostCells = 24
/** More are not kept, but for those that rows of the log name. */
const mostKept = 1_000

/** Looks that are kept, oldest first, evenly chosen where there are many; the newest always. Throws UNKNOWN_DEPLOYMENT, ROLLOUT_UNKNOWN. */
export async function rolloutLooks(
  { uow, releaseDefinitions }: Pick<RolloutsDependencies, 'uow' | 'releaseDefinitions'>,
  name: string,
  id: string,
): Promise<readonly LookPoint[]> {
  await releaseDefinitions(name)
  const { folded } = await readLog(uow.read.rollouts, name)
  const looks = await uow.read.rollouts.listLooks(rolloutBy(folded, id).id, mostKept)
  const cells = new Set(
    (looks[0]?.evidence.harm ?? []).toSorted(worstFirst).slice(0, mostCells).map(cellName),
  )
  return evenly(looks, mostLooks)
    .toReversed()
    .map(look => pointOf(look, cells))
}

/** The first and others as evenly as can be. */
function evenly<Item>(items: readonly Item[], most: number): readonly Item[] {
  const step = Math.max(1, items.length / most)
  return Array.from({ length: Math.min(items.length, most) }, (_, at) => items[Math.floor(at * step)] as Item)
}

const cellName = ({ contract, slice, metric }: Pick<HarmCell, 'contract' | 'slice' | 'metric'>): string =>
  JSON.stringify([contract, slice, metric])

const protectedFirst = { protected: 0, watched: 1, 'dry-run': 2 } as const

function worstFirst(one: HarmCell, other: HarmCell): number {
  const p = (cell: HarmCell) => (isDefined(cell.p) ? cell.p : 1)
  return protectedFirst[one.status] - protectedFirst[other.status] || p(one) - p(other)
}

function pointOf({ id, evidence }: StoredLook, cells: ReadonlySet<string>): LookPoint {
  const { at, stage, coverage, flips, guards, harm } = evidence
  const all = flips?.all
  const rate = (own: number): Quantity =>
    all ? ratio(all.both + own, all.n, 'no-rows') : undefinedBecause('no-rows')
  return {
    ...{ id, at, stage },
    coverage: coverage?.share ?? undefinedBecause('no-rows'),
    agreement: all ? ratio(all.both + all.neither, all.n, 'no-rows') : undefinedBecause('no-rows'),
    actionRate: { champion: rate(all?.onlyChampion ?? 0), challenger: rate(all?.onlyChallenger ?? 0) },
    psi: all?.psi ?? undefinedBecause('no-rows'),
    guards: guards.map(({ guard, champion, challenger, state }) => ({ guard, champion, challenger, state })),
    harm: harm
      .filter(cell => cells.has(cellName(cell)))
      .map(({ contract, slice, metric, status, n, estimate, margin, interval, harmed }) => ({
        ...{ contract, slice, metric, status, n, estimate, margin, interval, harmed },
      })),
  }
}
