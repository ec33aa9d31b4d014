import type { DemoFieldView } from '../../../api/demo.ts'

export interface SweptPoint {
  readonly value: number
  readonly score: number
  readonly action: string | null
}

const steps = 32

/** Values a number is tried at: its usual range, widened to what was asked; whole where it must be. */
export function sweepValues(
  { type, range }: Pick<DemoFieldView, 'type' | 'range'>,
  asked: number,
): readonly number[] {
  const around = Math.max(Math.abs(asked), 1)
  const { from, to } = range ?? { from: asked - around, to: asked + around }
  const [low, high] = [Math.min(from, asked), Math.max(to, asked)]
  const even = Array.from({ length: steps + 1 }, (_, step) => low + ((high - low) * step) / steps)
  const values = type.startsWith('int') ? even.map(Math.round) : even
  return [...new Set([...values, asked])].sort((one, other) => one - other)
}

export interface Flip {
  /** The action is another one between these two, which are neighbours of those tried. */
  readonly below: SweptPoint
  readonly above: SweptPoint
}

/** Where the action changes along a sweep, those nearest to what was asked first. */
export function flipsOf(points: readonly SweptPoint[], asked: number): readonly Flip[] {
  const flips = points.flatMap((above, index) => {
    const below = points[index - 1]
    return below && below.action !== above.action ? [{ below, above }] : []
  })
  const distance = ({ below, above }: Flip) => Math.abs((below.value + above.value) / 2 - asked)
  return flips.sort((one, other) => distance(one) - distance(other))
}

/** Values within a flip, to find it closer; empty where it cannot be found closer. */
export function withinFlip({ below, above }: Flip, type: string): readonly number[] {
  const width = above.value - below.value
  const inner = Array.from({ length: steps - 1 }, (_, step) => below.value + (width * (step + 1)) / steps)
  const values = type.startsWith('int') ? inner.map(Math.round) : inner
  return [...new Set(values)].filter(value => value > below.value && value < above.value)
}
