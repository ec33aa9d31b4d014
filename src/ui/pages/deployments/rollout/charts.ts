import type { LookPointView, StageEvidenceView } from '../../../../api/stage-evidence.ts'
import { millis } from '../../../format.ts'

type Harm = LookPointView['harm'][number]

/** One line over looks; a look that measured nothing leaves a gap. */
export interface Line {
  readonly name: string
  readonly points: readonly { readonly at: number; readonly value: number | null }[]
}

const numberOrNull = (value: unknown): number | null => (typeof value === 'number' ? value : null)

const share = ({ events, of }: { readonly events: number; readonly of: number }): number | null =>
  of > 0 ? events / of : null

function lineOf(
  name: string,
  looks: readonly LookPointView[],
  measuredAt: (look: LookPointView) => unknown,
): Line {
  return { name, points: looks.map(look => ({ at: millis(look.at), value: numberOrNull(measuredAt(look)) })) }
}

export interface LookChart {
  readonly title: string
  readonly lines: readonly Line[]
  /** A line to read it against. */
  readonly limit?: { readonly value: number; readonly word: string }
}

const guardTitles = {
  error_rate: 'Errors',
  slow_rate: 'Slow answers',
  degraded_share: 'Answered by the fallback',
} as const

/** What shadow and canary measured over time, one chart each. */
export function chartsOf(looks: readonly LookPointView[]): readonly LookChart[] {
  const guards = Object.keys(guardTitles) as (keyof typeof guardTitles)[]
  return [
    {
      title: 'Answers with a pair',
      lines: [lineOf('coverage', looks, look => look.coverage)],
      limit: { value: 0.95, word: 'at least 95 %' },
    },
    { title: 'Both do the same', lines: [lineOf('agreement', looks, look => look.agreement)] },
    {
      title: 'Acted on',
      lines: [
        lineOf('champion', looks, look => look.actionRate.champion),
        lineOf('challenger', looks, look => look.actionRate.challenger),
      ],
    },
    ...guards.map(guard => ({
      title: guardTitles[guard],
      lines: (['champion', 'challenger'] as const).map(arm =>
        lineOf(arm, looks, ({ guards: read }) => {
          const found = read.find(each => each.guard === guard)
          return found ? share(found[arm]) : null
        }),
      ),
      ...(guard === 'degraded_share' ? { limit: { value: 0.01, word: 'at most 1 %' } } : {}),
    })),
  ]
}

/** What is said of a cell: what has no interval was not tested, and is not said to be harmless. */
export function harmWord({ harmed, interval }: Pick<Harm, 'harmed' | 'interval'>): string {
  if (harmed) return 'harmed'
  return interval === null ? 'not measured' : 'no harm proven'
}

/** A cell of the harm test with every look at it. */
export interface HarmSeries {
  readonly contract: string
  readonly slice: string
  readonly metric: string
  readonly status: Harm['status']
  readonly margin: number | null
  /** Harm lies on both sides. */
  readonly twoSided: boolean
  readonly newest: Harm
  readonly points: readonly (Harm & { readonly at: number })[]
}

const statusOrder = { protected: 0, watched: 1, 'dry-run': 2 } as const

/** Cells of the newest look: harmed first, then by how near their interval comes to the margin. */
export function harmSeries(
  looks: readonly LookPointView[],
  contracts: StageEvidenceView['contracts'],
): readonly HarmSeries[] {
  const newest = looks.at(-1)?.harm ?? []
  return newest
    .map(cell => {
      const is = (other: Pick<Harm, 'contract' | 'slice' | 'metric'>) =>
        other.contract === cell.contract && other.slice === cell.slice && other.metric === cell.metric
      const form = contracts?.cells.find(is)?.form
      const { contract, slice, metric, status, margin } = cell
      return {
        ...{ contract, slice, metric, status, margin, newest: cell, twoSided: form === 'within' },
        points: looks.flatMap(look => {
          const found = look.harm.find(is)
          return found ? [{ ...found, at: millis(look.at) }] : []
        }),
      }
    })
    .toSorted(
      (a, b) =>
        Number(b.newest.harmed) - Number(a.newest.harmed) ||
        statusOrder[a.status] - statusOrder[b.status] ||
        nearness(b) - nearness(a),
    )
}

/** How much of the margin the upper bound has used up; what has no interval comes last. */
function nearness({ newest: { interval, margin } }: HarmSeries): number {
  if (interval === null || margin === null) return Number.NEGATIVE_INFINITY
  return interval.upper - margin
}

/** Room for the margin, zero and the newest look; the first ones are wide, and may run out of the picture. */
export function harmDomain({ points, margin, twoSided }: HarmSeries): readonly [number, number] {
  const endsOf = ({ interval, estimate }: Harm) => [
    ...(interval ? [interval.lower, interval.upper] : []),
    ...(typeof estimate === 'number' ? [estimate] : []),
  ]
  const marks = [0, ...(margin === null ? [] : twoSided ? [-margin, margin] : [margin])]
  const drawn = points.filter(({ interval }) => interval !== null)
  const later = drawn.slice(-Math.ceil(drawn.length / 2)).flatMap(endsOf)
  const [least, most] = [Math.min(...later, ...marks), Math.max(...later, ...marks)]
  const room = (most - least) * 0.1 || 0.01
  return [least - room, most + room]
}
