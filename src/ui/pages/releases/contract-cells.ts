import type { ContractCellView } from '../../../api/judged.ts'
import { domainOf, type Range } from '../../components/interval-bar.tsx'
import { groupBy } from '../../data/group-by.ts'

/** A cell whose interval can be drawn. */
interface DrawnCell {
  readonly lower: number
  readonly upper: number
  readonly estimate: number | undefined
}

export function drawnCell({ lower, upper, estimate }: ContractCellView): DrawnCell | null {
  if (typeof lower !== 'number' || typeof upper !== 'number') return null
  return { lower, upper, estimate: typeof estimate === 'number' ? estimate : undefined }
}

/** Where the allowed ends; for an equivalence at both sides. */
export function limitsOf({ form, margin }: ContractCellView): readonly number[] {
  if (margin === null) return []
  if (form === 'better') return [-margin]
  if (form === 'within') return [-margin, margin]
  return [margin]
}

/** What is not allowed within a domain. */
export function forbiddenOf(cell: ContractCellView, [from, to]: Range): readonly Range[] {
  const [least, most] = [Math.min(from, to), Math.max(from, to)]
  const [limit, other] = limitsOf(cell)
  if (limit === undefined) return []
  if (cell.form === 'atLeast') return [[least, limit]]
  if (other !== undefined)
    return [
      [least, limit],
      [other, most],
    ]
  return [[limit, most]]
}

/** One scale for the cells of a contract and metric, so that they compare; worse is always to the right. */
export function domainsOf(cells: readonly ContractCellView[]): (cell: ContractCellView) => Range {
  const groups = groupBy(cells, scaleKey)
  const domains = new Map(
    [...groups].map(([key, same]) => {
      const drawn = same.flatMap(cell => drawnCell(cell) ?? [])
      const marks = [...same.flatMap(limitsOf), ...(isRate(same[0]) ? [] : [0])]
      const [least, most] = domainOf(drawn, marks)
      return [key, same[0]?.form === 'atLeast' ? [most, least] : [least, most]] as const
    }),
  )
  return cell => (domains.get(scaleKey(cell)) as Range | undefined) ?? [0, 1]
}

const scaleKey = (cell: ContractCellView) => `${cell.contract} ${cell.metric} ${cell.form}`

/** An absolute claim: the interval is of the rate itself, not of a difference. */
export function isRate(cell: ContractCellView | undefined): boolean {
  return cell?.form === 'atMost' || cell?.form === 'atLeast'
}

export function cellId({ contract, metric, slice }: ContractCellView): string {
  return `${contract}|${metric}|${slice}`
}

/** `at most 0.02`, in the units the interval is drawn in. */
export function limitText(cell: ContractCellView, show: (value: number) => string): string {
  const { form, margin } = cell
  if (margin === null) return 'no margin could be resolved'
  const words = {
    atMost: 'at most',
    atLeast: 'at least',
    noWorse: 'worse by at most',
    within: 'moved by at most',
    better: 'better by at least',
    fair: 'apart by at most',
  } as const
  return `${words[form]} ${show(margin)}`
}

/** What a positive and a negative difference mean; where nothing may move neither is better. */
function directionsOf({ form, estimate, champion, challenger }: ContractCellView): readonly [string, string] {
  if (form !== 'within') return ['worse', 'better']
  const numbers = [estimate, champion, challenger].filter(each => typeof each === 'number')
  const [moved = 0, from = 0, to = 0] = numbers
  if (numbers.length < 3) return ['one way', 'the other']
  return moved > 0 === to > from ? ['up', 'down'] : ['down', 'up']
}

/** `recall may not fall by more than 0.03 … 0.05`: claims that differ only in a margin that was resolved for each slice. */
export function claimsText(cells: readonly ContractCellView[]): string {
  const number = /-?\d+(?:\.\d+)?(?:e-?\d+)?$/
  return [...groupBy([...new Set(cells.map(cell => cell.claim))], claim => claim.replace(number, '#'))]
    .map(([text, claims]) => {
      const margins = claims.map(claim => Number(number.exec(claim)?.[0])).toSorted((a, b) => a - b)
      const [least, most] = [margins[0], margins.at(-1)]
      return claims.length === 1 ? claims[0] : text.replace('#', `${least} … ${most}`)
    })
    .join('; ')
}

/** The bounds in the words of `seenText`: `0.01 better to 0.02 worse`. */
export function seenBounds(cell: ContractCellView, show: (value: number) => string): string {
  const drawn = drawnCell(cell)
  if (drawn === null) return ''
  const { lower, upper } = drawn
  if (isRate(cell)) return `${show(lower)} to ${show(upper)}`
  if (cell.form === 'fair') return `${show(Math.max(0, lower))} to ${show(upper)} apart`
  const [up, down] = directionsOf(cell)
  if (lower >= 0) return `${show(lower)} to ${show(upper)} ${up}`
  if (upper <= 0) return `${show(-upper)} to ${show(-lower)} ${down}`
  return `${show(-lower)} ${down} to ${show(upper)} ${up}`
}

/** What was estimated, in words: harm is positive for comparisons. */
export function seenText(cell: ContractCellView, show: (value: number) => string): string {
  const { form, estimate } = cell
  if (typeof estimate !== 'number') return ''
  if (form === 'atMost' || form === 'atLeast') return show(estimate)
  if (form === 'fair') return `${show(estimate)} apart`
  if (estimate === 0) return 'unmoved'
  const [up, down] = directionsOf(cell)
  return `${show(Math.abs(estimate))} ${estimate > 0 ? up : down}`
}
